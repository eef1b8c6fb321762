using System.CommandLine;
using System.CommandLine.Parsing;
using OtGuard.Alerting;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Exchange;
using OtGuard.Host.Configuration;
using OtGuard.Models;
using OtGuard.Simulators.Live;
using OtGuard.Storage.Embedded;

namespace OtGuard.Host.Commands;

/// <summary>The <c>otguard</c> command: verbs, options and exit codes.</summary>
public static class CommandLine
{
    /// <summary>
    /// Parses and runs a command line. Results go to <paramref name="output"/>, everything else to <paramref
    /// name="error"/>.
    /// </summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where everything else goes.</param>
    /// <param name="surroundings">Clock and user; null for those of this process.</param>
    /// <returns>An exit code of <see cref="ExitCodes"/>.</returns>
    public static int Invoke(
        IReadOnlyList<string> arguments, TextWriter output, TextWriter error, Surroundings? surroundings = null)
    {
        var own = surroundings ?? Surroundings.Own;
        var root = new RootCommand(
            """
            OtGuard listens on networks of operational technology and says what deviates. It never sends.

            First steps:
              otguard demo                                  see it work on a simulated substation
              otguard inspect plant.pcap                    what is on this network
              otguard learn clean.pcap -o plant.baseline    learn what is normal
              otguard detect today.pcap -b plant.baseline   what deviates from it
              otguard baseline show plant.baseline          what was learned, and how complete it is
              otguard simulate list                         sites and attacks to practise on
              otguard alerts list --store plant.store       what 'detect --store plant.store' raised
              otguard run --config otguard.json             the service: listens, judges, stores, tells

            Exit codes: 0 nothing found, 1 deviations found, 2 wrong usage, 3 input unreadable, 4 environment.
            """)
        {
            InspectCommand.Create(),
            LearnCommand.Create(),
            DetectCommand.Create(),
            RunCommand.Create(own),
            BaselineCommand.Create(own),
            DemoCommand.Create(own),
            DoctorCommand.Create(own),
            SimulateCommand.Create(),
            AlertsCommand.Create(own),
            IncidentsCommand.Create(),
            CasesCommand.Create(own),
            EscalateCommand.Create(own),
            PartnersCommand.Create(own),
            IntelCommand.Create(own),
            StoreCommand.Create(),
            CaptureProcessCommand.Create(),
        };
        var result = root.Parse(arguments);
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
        };
        if (result.Errors.Count > 0)
        {
            foreach (var fault in result.Errors) error.WriteLine(fault.Message);
            error.WriteLine($"Try '{Usage(result)} --help'.");
            return ExitCodes.Usage;
        }

        try
        {
            return result.Invoke(configuration);
        }
        catch (Exception fault) when (Explain(fault) is { } told)
        {
            error.WriteLine(told.Sentence);
            return told.Code;
        }
    }

    private static string Usage(ParseResult result)
    {
        List<string> names = [];
        for (SymbolResult? at = result.CommandResult; at is CommandResult command; at = at.Parent)
            names.Insert(0, command.Command is RootCommand ? "otguard" : command.Command.Name);
        return string.Join(' ', names);
    }

    /// <summary>The sentence and exit code for a fault that is not the program's own, or null.</summary>
    private static (string Sentence, int Code)? Explain(Exception fault) => fault switch
    {
        UnreadableCaptureException or BaselineFormatException or LabelFormatException
            or NameMapFormatException => (fault.Message, ExitCodes.Unreadable),
        UsageException or AlertDeskException or ConfigurationException or ExchangeException
            or CaseConflictException => (fault.Message, ExitCodes.Usage),
        StoreException or ExchangeFormatException => (fault.Message, ExitCodes.Unreadable),
        OperationCanceledException => ("Stopped.", ExitCodes.Interrupted),
        FileNotFoundException or DirectoryNotFoundException => (fault.Message, ExitCodes.Unreadable),
        LiveException or UnauthorizedAccessException or IOException => (fault.Message, ExitCodes.Environment),
        _ => null,
    };
}

/// <summary>The command line asks for something that does not go together; the message says what.</summary>
public sealed class UsageException : Exception
{
    /// <summary>Creates the exception.</summary>
    public UsageException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with the fault behind it.</summary>
    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    public UsageException()
    {
    }
}
