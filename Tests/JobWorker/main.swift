Fixture.main()
