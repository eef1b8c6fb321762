using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OtGuard.Host.Runs;
using OtGuard.Simulators;
using OtGuard.Simulators.Live;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Host.Commands;

/// <summary><c>simulate run</c>: a site into files, into a pipe, or live.</summary>
internal static class SimulateRunCommand
{
    private static readonly TimeSpan UsualDuration = TimeSpan.FromMinutes(10);

    // What the parser takes for a time at most; a site is played live as long unless it is ended.
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(31);

    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var site = new Argument<string>("SITE")
        {
            Description = $"What to simulate: {string.Join(", ", SimulatedSite.All.Select(s => s.Name))}.",
        };
        site.AcceptOnlyFromAmong([.. SimulatedSite.All.Select(s => s.Name)]);
        var seed = new Option<int>("--seed")
        {
            Description = "Decides every random choice: the same seed gives the same files.",
            DefaultValueFactory = _ => 1,
        };
        var duration = new Option<TimeSpan?>("--duration")
        {
            Description = "Virtual time, as in 90s, 10m, 2h or 30d (default: 10m; live: until Ctrl-C).",
            HelpName = "TIME",
            CustomParser = result => ParseTime(result),
        };
        var start = new Option<DateTimeOffset?>("--start")
        {
            Description = "Where the virtual time begins, as in 2026-06-15T09:30 (UTC): day, week and season show in the values "
                + "(default: Monday, 2026-01-12T06:00; live: now).",
            HelpName = "TIME",
            CustomParser = ParseMoment,
        };
        var life = new Option<StationLifeKind>("--life")
        {
            Description = "How the substation's people act: 'cycles' has every kind of act once in ten minutes, 'calendar' "
                + "follows the day, the week and the month as in a real station (default: cycles).",
            HelpName = "KIND",
            DefaultValueFactory = _ => StationLifeKind.Cycles,
        };
        var poll = new Option<TimeSpan?>("--poll")
        {
            Description = "How often the substation's values are read; coils at half the rate, settings and meters at a tenth "
                + "(default: 1s). " + Sizes,
            HelpName = "TIME",
            CustomParser = result => ParseTime(result),
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
        var target = new Option<string?>("--output", "-o")
        {
            Description = "The folder for logs, captures, labels and the DBC file; it is created. '-' writes the capture (pcap) or "
                + "the bus log (candump) alone to standard output. Live, for a vehicle's buses: '-', a file or named pipe for "
                + "the log, or CAN interfaces of Linux, one for each bus, as in socketcan:vcan0,vcan1.",
            HelpName = "FOLDER",
        };
        var live = new Option<bool>("--live")
        {
            Description = "Play the site in real time: the substation's Modbus servers are real ones on this machine, polled by a real "
                + "SCADA client, and any client may connect. Ctrl-C ends it.",
        };
        var speed = new Option<double>("--speed")
        {
            Description = "Live: how many times faster than real time (default: 1).",
            HelpName = "FACTOR",
            DefaultValueFactory = _ => 1,
            CustomParser = ParseSpeed,
        };
        var network = new Option<string>("--network")
        {
            Description = "Live: where the substation's hosts are. A network as in 10.20.0.0/24, whose addresses this machine has, gives "
                + "each its own; one address as in 127.0.0.1 is shared by all, with ports counted up (default: 127.20.0.0/24).",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => $"{LiveAddresses.Loopback.Base}/24",
        };
        var port = new Option<ushort>("--port")
        {
            Description = $"Live: the port of Modbus; the registered one, 502, needs rights (default: {LiveAddresses.UnprivilegedModbusPort}).",
            HelpName = "PORT",
            DefaultValueFactory = _ => LiveAddresses.UnprivilegedModbusPort,
        };
        var truth = new Option<FileInfo?>("--truth")
        {
            Description = "Live: the file for the planted events with begin and end, kept up to date while they go on.",
            HelpName = "FILE",
        };
        var format = CommonOptions.Format("table", "jsonl");
        var command = new Command("run", "Simulate a site into a folder, or live.")
        {
            site, seed, duration, start, life, poll, attacks, at, intensity, set, target, live, speed, network, port, truth, format,
        };
        command.SetAction(result =>
        {
            var isLive = result.GetValue(live);
            Option[] onlyLive = [speed, network, port, truth];
            Option[] onlySubstation = [life, poll, network, port];
            var chosen = SimulatedSite.Of(result.GetRequiredValue(site));
            bool IsGiven(Option option) => result.GetResult(option) is { Implicit: false };
            if (!isLive && onlyLive.FirstOrDefault(IsGiven) is { } stray) throw new UsageException($"{stray.Name} goes with --live.");
            if (!chosen.HasSubstation && onlySubstation.FirstOrDefault(IsGiven) is { } foreign)
                throw new UsageException($"{foreign.Name} is for the substation, and {chosen.Name} has none.");
            if (result.GetValue(poll) < ShortestPoll) throw new UsageException("--poll takes 0.1s or more: an exchange takes some 10 ms.");
            var request = new SimulationRequest(
                chosen,
                result.GetValue(seed),
                StartOf(result.GetValue(start), isLive),
                result.GetValue(duration) ?? (isLive ? LongestDuration : UsualDuration),
                result.GetValue(life),
                result.GetValue(poll),
                result.GetValue(attacks) ?? [],
                result.GetValue(at),
                StrengthOf(result.GetValue(intensity), result.GetValue(set) ?? []));
            var asJson = result.GetValue(format) == "jsonl";
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            if (!isLive)
            {
                var folder = result.GetValue(target)
                    ?? throw new UsageException("-o is missing: the folder to write to, or '-' for standard output.");
                return SimulationRun.Run(request, folder, asJson, output, error);
            }

            if (!LiveAddresses.TryParse(result.GetRequiredValue(network), result.GetValue(port), out var addresses))
                throw new UsageException("--network takes a network of 256 IPv4 addresses, as in 10.20.0.0/24, or one address.");
            return LiveRun.Run(
                request, new LiveRequest(result.GetValue(speed), addresses, result.GetValue(target), result.GetValue(truth)?.FullName),
                asJson, output, error);
        });
        return command;
    }

    // simulators/OtGuard.Simulators/README.md says how it was measured.
    private const string Sizes =
        "A month of the calendar (--duration 30d) is 0.6 GB at 60s, 2.7 GB at 10s and 23 GB at 1s.";

    private static long StartOf(DateTimeOffset? start, bool isLive)
    {
        if (start is { } given) return given.ToUnixTimeMilliseconds() * 1_000_000;
        return isLive ? TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000 : CaptureBuilder.DefaultStart;
    }

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

    private static double ParseSpeed(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var speed) && speed is >= 0.01 and <= 1000)
            return speed;
        result.AddError($"--speed takes a factor of 0.01 to 1000, not '{text}'.");
        return 1;
    }

    private static DateTimeOffset? ParseMoment(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)
            && moment.Year is >= 1970 and < 2100)
        {
            return moment;
        }

        result.AddError($"A moment is a date with a time, as in 2026-06-15T09:30, of 1970 to 2099; not '{text}'.");
        return null;
    }
}
