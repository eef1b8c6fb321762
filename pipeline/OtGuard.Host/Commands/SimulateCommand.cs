using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OtGuard.Host.Output;
using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Vehicle;
using OtGuard.Simulators.Vehicle.Attacks;
using OtGuard.Simulators.Vehicle.Output;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Commands;

/// <summary><c>simulate</c>: traffic of sites that do not exist, with attacks whose every frame is known.</summary>
internal static class SimulateCommand
{
    private const string Substation = "substation";

    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(40);

    private static readonly (string Name, VehicleVariant Variant, string Description)[] Vehicles =
    [
        ("vehicle", VehicleVariant.Car,
            "A plug-in hybrid car: two CAN buses with a gateway, diagnostics over CAN and DoIP, a charging session."),
        ("vehicle-fd", VehicleVariant.CarFd, "The same car with a third bus in CAN FD."),
        ("truck", VehicleVariant.Truck, "A truck: J1939 at 250 kbit/s with address claims and long messages."),
    ];

    public static Command Create() =>
        new("simulate", "Write traffic of simulated sites, with attacks and benign look-alikes whose every frame is known.")
        {
            CreateList(),
            CreateRun(),
        };

    private static Command CreateList()
    {
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command("list", "Sites, attacks and look-alikes.") { format };
        command.SetAction(result =>
        {
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(format) == "jsonl") SimulationReport.WriteListJson(Sites(), Events(), output);
            else SimulationReport.WriteList(Sites(), Events(), new Tables(output));
            return ExitCodes.Clean;
        });
        return command;
    }

    private static Command CreateRun()
    {
        var site = new Argument<string>("SITE") { Description = $"What to simulate: {string.Join(", ", Sites().Select(s => s.Name))}." };
        site.AcceptOnlyFromAmong([.. Sites().Select(s => s.Name)]);
        var seed = new Option<int>("--seed")
        {
            Description = "Decides every random choice: the same seed gives the same files.",
            DefaultValueFactory = _ => 1,
        };
        var duration = new Option<TimeSpan>("--duration")
        {
            Description = "Virtual time, as in 90s, 10m, 2h or 1d (default: 10m).",
            HelpName = "TIME",
            CustomParser = ParseTime,
            DefaultValueFactory = _ => TimeSpan.FromMinutes(10),
        };
        var attacks = new Option<string[]>("--attack")
        {
            Description = "An attack or look-alike to plant; may be given several times. 'simulate list' shows them.",
            HelpName = "NAME",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var at = new Option<TimeSpan?>("--at")
        {
            Description = "When the first one begins, as in 5m; the others follow a minute apart. Absent: each at a moment that suits it.",
            HelpName = "TIME",
            CustomParser = result => ParseTime(result),
        };
        var intensity = new Option<Intensity>("--intensity")
        {
            Description = "How strongly attacks are carried out: low, medium or high (default: medium).",
            HelpName = "LEVEL",
            DefaultValueFactory = _ => Intensity.Medium,
        };
        var set = new Option<(string Name, double Value)[]>("--set")
        {
            Description = "A parameter of the attacks planted at a value of its own, as in \"hosts per minute=2\"; may be given "
                + "several times. 'simulate list --format jsonl' shows the parameters.",
            HelpName = "NAME=VALUE",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = ParseSettings,
        };
        var folder = new Option<DirectoryInfo>("--output", "-o")
        {
            Description = "The folder for logs, captures, labels and the DBC file; it is created.",
            HelpName = "FOLDER",
            Required = true,
        };
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command("run", "Simulate a site into a folder.")
        {
            site, seed, duration, attacks, at, intensity, set, folder, format,
        };
        command.SetAction(result => Run(
            new Request(
                result.GetRequiredValue(site),
                result.GetValue(seed),
                result.GetValue(duration),
                result.GetValue(attacks) ?? [],
                result.GetValue(at),
                StrengthOf(result.GetValue(intensity), result.GetValue(set) ?? []),
                result.GetRequiredValue(folder).FullName),
            result.GetValue(format) == "jsonl",
            result.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(Request request, bool asJson, TextWriter output)
    {
        var written = request.Site == Substation ? RunSubstation(request) : RunVehicle(request);
        if (asJson) SimulationReport.WriteJson(written, output);
        else SimulationReport.Write(written, new Tables(output));
        return ExitCodes.Clean;
    }

    private static IReadOnlyList<WrittenCapture> RunSubstation(Request request)
    {
        List<PlannedEvent> planned = [];
        foreach (var name in request.Attacks)
        {
            var attack = AttackCatalogue.Find(name) ?? throw Unknown(name, request.Site);
            planned.Add(new PlannedEvent(
                (request.At ?? request.Duration / 2) + TimeSpan.FromMinutes(planned.Count), attack,
                request.Strength));
        }

        RequirePossible(request, [.. planned.Select(entry => (entry.At, (IPlantedEvent)entry.Attack))]);
        var options = new SubstationOptions { Seed = request.Seed, Duration = request.Duration };
        using var files = new CaptureFolder(request.Folder);
        var summary = new SubstationGenerator(options).Generate(files, planned);
        return [new WrittenCapture(files.CapturePath, files.Complete(summary), [])];
    }

    private static IReadOnlyList<WrittenCapture> RunVehicle(Request request)
    {
        var options = new VehicleOptions
        {
            Seed = request.Seed,
            Duration = request.Duration,
            Variant = Vehicles.First(vehicle => vehicle.Name == request.Site).Variant,
        };
        List<PlannedVehicleEvent> planned = [];
        foreach (var name in request.Attacks)
        {
            var attack = VehicleAttackCatalogue.Find(name);
            if (attack is null || !VehicleAttackCatalogue.For(options.Variant).Contains(attack)) throw Unknown(name, request.Site);
            var moment = request.At + TimeSpan.FromMinutes(planned.Count) ?? VehicleGenerator.MomentFor(attack, options);
            // Those that suit the same moment follow each other.
            while (request.At is null && planned.Exists(other => (other.At - moment).Duration() < Apart)) moment += Apart;
            planned.Add(new PlannedVehicleEvent(moment, attack, request.Strength));
        }

        RequirePossible(request, [.. planned.Select(entry => (entry.At, (IPlantedEvent)entry.Attack))]);
        var summary = VehicleFolder.Write(request.Folder, options, planned);
        return
        [
            new WrittenCapture(Path.Combine(request.Folder, "bus.log"), summary.Can, summary.BusLoads),
            new WrittenCapture(Path.Combine(request.Folder, "ethernet", "capture.pcap"), summary.Ethernet, []),
        ];
    }

    private static void RequirePossible(Request request, IReadOnlyList<(TimeSpan At, IPlantedEvent Event)> planned)
    {
        foreach (var (at, what) in planned)
        {
            if (at >= request.Duration)
                throw new UsageException($"'{what.Name}' would begin at {at:g}, after the end of the simulated time ({request.Duration:g}).");
        }

        foreach (var name in request.Strength.Set.Keys)
        {
            if (!planned.Any(entry => entry.Event.Parameters.Any(parameter => parameter.Name == name)))
            {
                throw new UsageException(
                    $"Nothing that is planted has a parameter '{name}': 'otguard simulate list --format jsonl' shows those of each.");
            }
        }
    }

    private static UsageException Unknown(string name, string site) =>
        new($"There is no attack or look-alike '{name}' for {site}: 'otguard simulate list' shows what there is.");

    private static IReadOnlyList<(string Name, string Description)> Sites() =>
    [
        (Substation, "A medium-voltage substation: Modbus over TCP, a SCADA pair, fourteen devices, an engineering workstation."),
        .. Vehicles.Select(vehicle => (vehicle.Name, vehicle.Description)),
    ];

    private static IReadOnlyList<(string Sites, IPlantedEvent Event)> Events() =>
    [
        .. AttackCatalogue.All.Select(attack => (Substation, (IPlantedEvent)attack)),
        .. VehicleAttackCatalogue.All.Select(attack => (SitesOf(attack), (IPlantedEvent)attack)),
    ];

    private static string SitesOf(IVehicleAttack attack) => string.Join(
        ", ", Vehicles.Where(vehicle => VehicleAttackCatalogue.For(vehicle.Variant).Contains(attack)).Select(vehicle => vehicle.Name));

    private static Strength StrengthOf(Intensity intensity, (string Name, double Value)[] settings) =>
        settings.Aggregate(Strength.Of(intensity), (strength, setting) => strength.With(setting.Name, setting.Value));

    private static (string Name, double Value)[] ParseSettings(ArgumentResult result)
    {
        List<(string, double)> settings = [];
        foreach (var token in result.Tokens)
        {
            var equals = token.Value.LastIndexOf('=');
            if (equals > 0
                && double.TryParse(token.Value.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && double.IsFinite(value))
            {
                settings.Add((token.Value[..equals], value));
                continue;
            }

            result.AddError($"A parameter is set as in \"hosts per minute=2\"; not '{token.Value}'.");
        }

        return [.. settings];
    }

    private static TimeSpan ParseTime(ArgumentResult result)
    {
        var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
        double? unit = text.Length == 0 ? null : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => null };
        if (unit is not null
            && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit is > 0 and <= 31 * 86_400)
        {
            return TimeSpan.FromSeconds(number * unit.Value);
        }

        result.AddError($"A time is a number with s, m, h or d, of at most 31 days, as in 90s or 10m; not '{text}'.");
        return TimeSpan.Zero;
    }

    private sealed record Request(
        string Site, int Seed, TimeSpan Duration, string[] Attacks, TimeSpan? At, Strength Strength, string Folder);
}
