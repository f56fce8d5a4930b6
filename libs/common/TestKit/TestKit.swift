enum TestKitModule {}
