enum HTTPModule {}
