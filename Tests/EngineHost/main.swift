EngineHost.run()
