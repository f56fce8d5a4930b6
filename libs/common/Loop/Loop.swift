enum LoopModule {}
