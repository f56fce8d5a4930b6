import CLinux
import Configuration
import Glibc
import HTTP
import Loop
import Telemetry

/// The whole life of an executable: options, settings, start, signals, drain, exit.
public enum ServiceMain {
    /// Runs the program until it is told to stop; never returns.
    ///
    /// Not `async`, so that the main thread stays ours: in an asynchronous `main` it ends up in Dispatch, which waits
    /// with every signal unblocked, and the first SIGTERM would end the process without a drain.
    public static func run<Program: ServiceProgram>(_ program: Program.Type) -> Never {
        clinux_tune_heap()
        // Before any thread exists, so that the signals reach the descriptor alone.
        Signals.block(signals(of: program))
        Signals.ignoreBrokenPipes()
        let arguments = Array(CommandLine.arguments.dropFirst())
        let environment = ProcessEnvironment.current()
        let command = SettingsCommand(program)
        switch command.run(Program.Configuration.self, arguments: arguments, environment: environment) {
        case .finish(let text, let status): finish(text, status)
        case .probe(let configuration): probe(Program.name, Program.common(configuration))
        case .command(let place, let configuration, let arguments):
            clinux_hide_process()
            Task { await perform(Program.self, Program.commands[place], configuration, arguments) }
            while true { pause() }
        case .start(let configuration, let warnings):
            // Settings hold secrets, and the programs that a service runs have its user.
            clinux_hide_process()
            Task { await serve(program, configuration, warnings) }
            while true { pause() }
        }
    }

    /// The terminal's end is one, unless whoever started the service has it ignored, as `nohup` does.
    private static func signals<Program: ServiceProgram>(of program: Program.Type) -> [Int32] {
        [SIGTERM, SIGINT] + (Signals.isIgnored(SIGHUP) && !program.reloads ? [] : [SIGHUP])
    }

    private static func serve<Program: ServiceProgram>(
        _ program: Program.Type, _ configuration: Program.Configuration, _ warnings: [String]
    ) async -> Never {
        let settings = Program.common(configuration)
        let logger = makeLogger(Program.name, settings)
        for warning in warnings { logger.warning("setting_ignored", ["warning": .string(warning)]) }
        do {
            raiseFileLimit()
            let loops = try EventLoopGroup(count: settings.loops)
            let signals = Signals.stream(signals(of: program), on: loops.loops[0])
            let service = try await RunningService.start(program, configuration, logger: logger, loops: loops)
            logger.info(
                "service_ready",
                [
                    "version": .string(Product.version), "host": .string(settings.host),
                    "port": .int(Int(service.port)), "internal_port": .int(Int(service.internalPort)),
                    "loops": .int(loops.loops.count),
                ])
            await heed(signals, service, reloads: Program.reloads, logger)
        } catch {
            logger.flush(timeout: .seconds(1))
            finish("\(Program.name): cannot start: \(error)\n", 1)
        }
        logger.flush(timeout: .seconds(2))
        exit(0)
    }

    private static func perform<Program: ServiceProgram>(
        _ program: Program.Type, _ command: ServiceCommand<Program.Configuration>,
        _ configuration: Program.Configuration, _ arguments: [String]
    ) async -> Never {
        do {
            let sink = try DescriptorSink(
                STDERR_FILENO, format: Program.common(configuration).logFormat(for: STDERR_FILENO))
            let logger = Logger(sink: sink, level: .error, fields: ["service": .string(Program.name)])
            let context = ServiceContext(
                logger: logger, metrics: Metrics(), loops: try EventLoopGroup(count: 1),
                blocking: BlockingPool(maximumThreads: 2), tracing: Tracing())
            let output = try await Task(executorPreference: context.loops.nextLoop()) {
                try await command.run(configuration, .init(service: context, arguments: arguments))
            }.value
            logger.flush(timeout: .seconds(1))
            finish(output, 0)
        } catch {
            finish("\(Program.name): \(error)\n", 1)
        }
    }

    private static func probe(_ service: String, _ settings: CommonSettings) -> Never {
        do {
            try Probe(settings).run()
            exit(0)
        } catch {
            finish("\(service): \(error)\n", 1)
        }
    }

    private static func makeLogger(_ service: String, _ settings: CommonSettings) -> Logger {
        do {
            let sink = try DescriptorSink(STDERR_FILENO, format: settings.logFormat(for: STDERR_FILENO))
            return Logger(sink: sink, level: settings.logLevel, fields: ["service": .string(service)])
        } catch {
            finish("\(service): cannot start: \(error)\n", 1)
        }
    }

    /// The first signal drains; a second one ends at once. One that asks to read files again does neither.
    private static func heed(
        _ signals: AsyncStream<Int32>, _ service: RunningService, reloads: Bool, _ logger: Logger
    ) async {
        var drain: Task<Void, Never>?
        for await signal in signals {
            if signal == SIGHUP, reloads {
                await service.reload()
                continue
            }
            if drain != nil {
                logger.warning("service_stopped_at_once", ["signal": .int(Int(signal))])
                logger.flush(timeout: .seconds(1))
                exit(1)
            }
            logger.info("service_draining", ["signal": .int(Int(signal))])
            drain = Task {
                let isFinished = await service.drain()
                logger.info("service_stopped", ["finished_all_requests": .bool(isFinished)])
                logger.flush(timeout: .seconds(2))
                exit(0)
            }
        }
    }

    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func finish(_ text: String, _ status: Int32) -> Never {
        var text = text
        text.withUTF8 { _ = write(status == 0 ? STDOUT_FILENO : STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(status)
    }
}
