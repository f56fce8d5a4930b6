ObjectWriter.run()
