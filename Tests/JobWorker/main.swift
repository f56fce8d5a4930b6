await Fixture.run()
