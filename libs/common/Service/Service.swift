enum ServiceModule {}
