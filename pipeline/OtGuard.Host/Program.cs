using OtGuard.Host.Commands;

return CommandLine.Invoke(args, Console.Out, Console.Error);
