using OtGuard.Host.Commands;

return args is [CaptureProcessCommand.Name, ..]
    ? CaptureProcessCommand.Run(args, Console.Error)
    : CommandLine.Invoke(args, Console.Out, Console.Error);
