using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Fields;
using OtGuard.Models.Scoring;

namespace OtGuard.Models;

/// <summary>Reads the sections of a baseline whose hash was found right.</summary>
internal sealed class BaselineReader
{
    private readonly TextReader _lines;
    private readonly int _firstLine;
    private int _line;

    private readonly List<string> _files = [];
    private FrameSelection _selection = FrameSelection.All;
    private string? _extends;
    private readonly List<NamedPoint> _points = [];
    private long _observations;
    private CaptureTime _first;
    private CaptureTime _last;
    private TimeSpan _observed;
    private LearningOptions _options = new();
    private readonly SortedDictionary<FactFamily, (int Facts, long Overflow, OccasionCounts[] Counts)> _families = [];
    private readonly List<HostFact> _hosts = [];
    private readonly List<RouterFact> _routers = [];
    private readonly List<BindingFact> _bindings = [];
    private readonly List<RoleFact> _roles = [];
    private readonly List<ConversationFact> _conversations = [];
    private readonly List<UnitFact> _units = [];
    private readonly List<FunctionFact> _functions = [];
    private readonly List<RangeFact> _ranges = [];
    private readonly List<WriterFact> _writers = [];
    private readonly List<RefusalFact> _refusals = [];
    private readonly List<IdentityFact> _identities = [];
    private readonly List<PeerFact> _peers = [];
    private readonly List<NameFact> _names = [];
    private readonly List<CredentialFact> _credentials = [];
    private readonly List<BusFact> _buses = [];
    private readonly List<MessageFact> _messages = [];
    private readonly List<string> _fields = [];
    private readonly List<(string Name, int Length, MemoryStream Bytes)> _attachments = [];

    internal BaselineReader(TextReader lines, int firstLine) => (_lines, _firstLine) = (lines, firstLine);

    /// <exception cref="BaselineFormatException">A line is not understood.</exception>
    internal BaselineContents Read()
    {
        Action<string>? section = null;
        try
        {
            for (; _lines.ReadLine() is { } line; _line++)
            {
                if (line.Length == 0 || line[0] == '#') continue;
                if (line[0] == '[') section = SectionOf(line);
                else (section ?? throw new FormatException("it stands before the first section"))(line);
            }

            if (_families.Count != FactFamilies.All.Length)
                throw new FormatException("the section [completeness] does not name every family");
        }
        catch (Exception e) when (
            e is FormatException or OverflowException or IndexOutOfRangeException or ArgumentException)
        {
            throw new BaselineFormatException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Line {_firstLine + _line} of the baseline is not understood: {e.Message}."),
                e);
        }

        return new BaselineContents
        {
            LearnedFrom = new LearnedFrom(_files, _selection, _observations, _first, _last, _observed) { Extends = _extends },
            Options = _options with { Files = _files, NameMap = NameMap() },
            Completeness = new Completeness([.. _families.Select(family => new FamilyCompleteness(
                family.Key, family.Value.Facts, family.Value.Overflow, _observed, family.Value.Counts, _options))]),
            Hosts = _hosts,
            Routers = _routers,
            Bindings = _bindings,
            Roles = _roles,
            Conversations = _conversations,
            Units = _units,
            Functions = _functions,
            Ranges = _ranges,
            Writers = _writers,
            Refusals = _refusals,
            Identities = _identities,
            Peers = _peers,
            Names = _names,
            Credentials = _credentials,
            Buses = _buses,
            Messages = _messages,
            Fields = FieldText.Read(_fields),
            Models = ModelSet.FromAttachments(Attachments()),
        };
    }

    private NameMap NameMap()
    {
        try
        {
            return _points.Count == 0 ? Models.NameMap.Empty : new NameMap(_points);
        }
        catch (ArgumentException fault)
        {
            throw new BaselineFormatException("The baseline's name map gives one address two names.", fault);
        }
    }

    private Action<string> SectionOf(string line) => line switch
    {
        "[learned-from]" => LearnedFromLine,
        "[settings]" => SettingLine,
        "[completeness]" => CompletenessLine,
        "[routers]" => cells => Split(cells, 3, c => _routers.Add(
            new RouterFact(Address(c[0]), c[1] == "virtual", Number(Word(c[2], 0))))),
        "[peers]" => cells => Split(cells, 2, c =>
        {
            var (first, second) = Two(c[0], " = ");
            _peers.Add(new PeerFact(
                Address(first), Address(second), BaselineText.Unescape(c[1])));
        }),
        "[hosts]" => cells => Split(cells, 5, c => _hosts.Add(new HostFact(
            Address(c[0]), Named<LearningStage>(c[1], BaselineText.StageName), Seen(c)))),
        "[bindings]" => cells => Split(cells, 4, c =>
        {
            var (address, link) = Two(c[0], " at ");
            _bindings.Add(new BindingFact(Address(address), Address(link), Seen(c)));
        }),
        "[roles]" => cells => Split(cells, 5, RoleLine),
        "[conversations]" => cells => Split(cells, 6, c => ConversationLine(c, isGroup: false)),
        "[group-conversations]" => cells => Split(cells, 6, c => ConversationLine(c, isGroup: true)),
        "[units]" => cells => Split(cells, 4, c =>
        {
            var (server, protocol, unit) = Unit(c[0]);
            _units.Add(new UnitFact(server, protocol, unit, Seen(c)));
        }),
        "[functions]" => cells => Split(cells, 6, c =>
        {
            var (pair, unit) = Pair(c[0]);
            var (code, subCode) = Function(c[1]);
            _functions.Add(new FunctionFact(pair, unit, code, subCode, BaselineText.Unescape(c[2]), Seen(c)));
        }),
        "[read-ranges]" => cells => Split(cells, 6, c => RangeLine(c, isWrite: false)),
        "[write-ranges]" => cells => Split(cells, 6, c => RangeLine(c, isWrite: true)),
        "[writers]" => cells => Split(cells, 4, c =>
        {
            var (pair, unit) = Pair(c[0]);
            _writers.Add(new WriterFact(pair, unit, Seen(c)));
        }),
        "[refusals]" => cells => Split(cells, 6, c =>
        {
            var (pair, unit) = Pair(c[0]);
            _refusals.Add(new RefusalFact(pair, unit, Function(c[1]).Code, Number(Word(c[2], 1)), Seen(c)));
        }),
        "[identities]" => cells => Split(cells, 6, c =>
        {
            var (server, protocol, unit) = Unit(c[0]);
            _identities.Add(new IdentityFact(
                server, protocol, unit, BaselineText.Unescape(c[1]), BaselineText.Unescape(c[2]), Seen(c)));
        }),
        "[names]" => cells => Split(cells, 2, c =>
        {
            var words = c[0].Split(' ');
            _names.Add(new NameFact(
                string.Intern(words[0]), Named<TargetSpace>(string.Join(' ', words[1..^1]), BaselineText.SpaceName),
                Object(words[^1]), BaselineText.Unescape(c[1])));
        }),
        "[credentials]" => cells => Split(cells, 6, c =>
        {
            var (client, rest) = Two(c[0], " -> ");
            var (server, protocol) = Two(rest, " ");
            _credentials.Add(new CredentialFact(
                Address(client), Address(server), string.Intern(protocol), BaselineText.Unescape(c[1]),
                BaselineText.Unescape(c[2]), Seen(c)));
        }),
        "[buses]" => cells => Split(cells, 4, BusLine),
        "[fields]" => _fields.Add,
        "[name-map]" => cells => Split(cells, 7, PointLine),
        "[models]" => _ => throw new FormatException("what it says of the models is for people, and begins with '#'"),
        "[attachments]" => AttachmentLine,
        "[messages]" => cells => Split(cells, 6, MessageLine),
        _ => throw new FormatException($"there is no section {line} in format {BaselineText.Version}"),
    };

    private void LearnedFromLine(string line)
    {
        var (name, value) = Two(line, " ");
        switch (name)
        {
            case "file":
                _files.Add(BaselineText.Unescape(value));
                break;
            case "extends":
                _extends = value;
                break;
            case "frames":
                if (value == "all") break;
                var dash = value.IndexOf('-', StringComparison.Ordinal);
                _selection = new FrameSelection(
                    Long(value[..dash]), dash == value.Length - 1 ? long.MaxValue : Long(value[(dash + 1)..]));
                break;
            case "observations":
                _observations = Long(value);
                break;
            case "first":
                _first = Time(value);
                break;
            case "last":
                _last = Time(value);
                break;
            case "observed":
                _observed = TimeSpan.ParseExact(value, "c", CultureInfo.InvariantCulture);
                break;
            default:
                throw new FormatException($"'{name}' is unknown here");
        }
    }

    private void SettingLine(string line)
    {
        var (name, value) = Two(line, " ");
        _options = _options.With(name, value);
    }

    // A name and the number of bytes, then the bytes in base 64.
    private void AttachmentLine(string line)
    {
        if (line.Contains(' ', StringComparison.Ordinal))
        {
            var (name, length) = Two(line, " ");
            _attachments.Add((name, Number(length), new MemoryStream()));
        }
        else
        {
            _attachments[^1].Bytes.Write(Convert.FromBase64String(line));
        }
    }

    private IReadOnlyList<ModelAttachment> Attachments() =>
    [
        .. _attachments.Select(attachment => attachment.Bytes.Length == attachment.Length
            ? new ModelAttachment(attachment.Name, attachment.Bytes.ToArray())
            : throw new BaselineFormatException($"The baseline's attachment '{attachment.Name}' is not as long as it says.")),
    ];

    private void CompletenessLine(string line) => Split(line, 3 + Occasion.Scales.Length, c =>
    {
        var family = Named<FactFamily>(c[0], FactFamilies.Section);
        var counts = Occasion.Scales.Select((scale, at) =>
        {
            var words = c[3 + at].Split(' ');
            return new OccasionCounts(scale, Number(words[1].TrimEnd(':')), Number(words[2]), Number(words[4]));
        });
        _families.Add(family, (Number(Word(c[1], 0)), Long(Word(c[2], 0)), [.. counts]));
    });

    private void RoleLine(string[] cells)
    {
        var (role, service) = Two(cells[1], " of ");
        _roles.Add(new RoleFact(
            Address(cells[0]),
            Named<HostRole>(role, BaselineText.RoleName),
            BaselineText.Unescape(service),
            Seen(cells)));
    }

    private void ConversationLine(string[] cells, bool isGroup)
    {
        var (client, server) = Two(cells[0], " -> ");
        var (transportName, serviceText) = Two(cells[1], "/");
        var transport = Named<Transport>(transportName, BaselineText.TransportName);
        var service = serviceText.StartsWith("0x", StringComparison.Ordinal)
            ? ushort.Parse(serviceText.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : ushort.Parse(serviceText, NumberStyles.None, CultureInfo.InvariantCulture);
        _conversations.Add(new ConversationFact(
            new ConversationKey(Address(client), Address(server), transport, service),
            cells[2] == "-" ? [] : [.. cells[2].Split(", ").Select(BaselineText.Unescape)],
            isGroup,
            Seen(cells)));
    }

    private void RangeLine(string[] cells, bool isWrite)
    {
        var (pair, unit) = Pair(cells[0]);
        var blank = cells[1].LastIndexOf(' ');
        if (blank < 0) throw new FormatException($"'{cells[1]}' is no range");
        var space = Named<TargetSpace>(cells[1][..blank], BaselineText.SpaceName);
        _ranges.Add(new RangeFact(
            pair, unit, space, isWrite, [.. cells[1][(blank + 1)..].Split(',').Select(Interval)],
            cells[2] == "-" ? [] : [.. cells[2].Split("; ").Select(Requests)], Seen(cells)));
    }

    private static RequestGroup Requests(string text)
    {
        var (seen, requests) = Two(text, ": ");
        return new RequestGroup(Tally(seen), [.. requests.Split(',').Select(Interval)]);
    }

    private static OccasionTally Tally(string text)
    {
        var numbers = text.Split('/');
        return new OccasionTally(Number(numbers[0]), Number(numbers[1]), Number(numbers[2]), Number(numbers[3]));
    }

    private void PointLine(string[] cells)
    {
        var (server, unit) = Two(cells[0], " unit ");
        var blank = cells[1].LastIndexOf(' ');
        if (blank < 0) throw new FormatException($"'{cells[1]}' is no address of a point");
        var (type, order) = Two(cells[2], " ");
        var scaling = cells[3].Split(' ');
        var (low, high) = Two(cells[4], " .. ");
        _points.Add(new NamedPoint(
            Address(server), Short(unit), Named<TargetSpace>(cells[1][..blank], BaselineText.SpaceName),
            Object(cells[1][(blank + 1)..]), BaselineText.Unescape(cells[6]),
            Named<PointType>(type, value => value.ToString()), Named<WordOrder>(order, value => value.ToString()),
            Double(scaling[1]), Double(scaling[3]), BaselineText.Unescape(cells[5]), Bound(low), Bound(high)));

        static double? Bound(string text) => text == "-" ? null : Double(text);
    }

    private void BusLine(string[] cells)
    {
        var (bus, protocol) = Two(cells[0], " ");
        var frames = cells[1].Split(' ');
        var windows = cells[2].Split(' ');
        _buses.Add(new BusFact(
            Address(bus), string.Intern(protocol), Long(frames[0]), Long(frames[2]), Number(windows[0]), Number(windows[4]),
            Number(windows[6]), Number(windows[11]), Long(Word(cells[3], 8)), Long(Word(cells[3], 2))));
    }

    private void MessageLine(string[] cells)
    {
        var (message, protocol) = Two(cells[0], " ");
        var rhythm = cells[2].Split(' ');
        _messages.Add(new MessageFact(
            Address(message),
            string.Intern(protocol),
            [.. cells[1].Split(", ").Select(Form)],
            new MessageRhythm(Long(rhythm[0]), Long(rhythm[3]), Long(rhythm[4]), Long(rhythm[5]), Long(rhythm[9])),
            Seen(cells)));
    }

    private static MessageForm Form(string text)
    {
        var words = text.Split(' ');
        var (code, subCode) = Two(words[0], "/");
        return new MessageForm(
            Short(code), Number(subCode), BaselineText.Unescape(words[1]), Long(words[2][1..]), Tally(words[4]));
    }

    private static AddressInterval Interval(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return dash < 0
            ? new AddressInterval(Object(text), Object(text))
            : new AddressInterval(Object(text[..dash]), Object(text[(dash + 1)..]));
    }

    private static uint Object(string text) => uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static (PairKey Pair, short Unit) Pair(string cell)
    {
        var (client, rest) = Two(cell, " -> ");
        var at = rest.IndexOf(" as ", StringComparison.Ordinal);
        var actor = at < 0 ? "" : BaselineText.Unescape(rest[(at + 4)..]);
        var (server, protocol, unit) = Unit(at < 0 ? rest : rest[..at]);
        return (new PairKey(Address(client), server, protocol, actor), unit);
    }

    private static (NetworkAddress Server, string Protocol, short Unit) Unit(string cell)
    {
        var words = cell.Split(' ');
        if (words.Length != 4 || words[2] != "unit") throw new FormatException($"'{cell}' is no unit");
        return (Address(words[0]), string.Intern(words[1]), Short(words[3]));
    }

    private static (short Code, int SubCode) Function(string cell)
    {
        var words = cell.Split(' ');
        return (Short(words[1]), words.Length > 3 ? Number(words[3]) : -1);
    }

    private static T Named<T>(string name, Func<T, string> nameOf)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (nameOf(value) == name) return value;
        throw new FormatException($"'{name}' is unknown here");
    }

    /// <summary>The sightings: the last three cells of every fact.</summary>
    private static Sightings Seen(string[] cells)
    {
        var (first, last) = Two(cells[^2], " .. ");
        var words = cells[^1].Split(' ');
        return new Sightings(
            Time(first), Time(last), Long(Word(cells[^3], 0)), Number(words[0]), Number(words[2]), Number(words[4]),
            Number(words[6]), HoursOfDay(words[9]));
    }

    private static uint HoursOfDay(string text)
    {
        var hours = 0u;
        if (text == "-") return hours;
        foreach (var (first, last) in text.Split(',').Select(Interval))
        {
            if (last > 23) throw new FormatException($"'{text}' are no hours of the day");
            for (var hour = first; hour <= last; hour++) hours |= 1u << (int)hour;
        }

        return hours;
    }

    private static void Split(string line, int count, Action<string[]> use)
    {
        var cells = line.Split(" | ");
        if (cells.Length != count)
            throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"it has {cells.Length} cells and not {count}"));
        use(cells);
    }

    private static (string First, string Second) Two(string text, string separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        if (at < 0) throw new FormatException($"'{text}' lacks '{separator.Trim()}'");
        return (text[..at], text[(at + separator.Length)..]);
    }

    private static NetworkAddress Address(string text) => text == "-" ? default : NetworkAddress.Parse(text);

    private static string Word(string text, int index) => text.Split(' ')[index];

    private static CaptureTime Time(string text)
    {
        // Nine decimals: two more than DateTimeOffset holds.
        if (text.Length != 30 || text[19] != '.' || text[29] != 'Z') throw new FormatException($"'{text}' is no time");
        var seconds = DateTimeOffset.ParseExact(
            text.AsSpan(0, 19), "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return CaptureTime.FromSeconds(seconds.ToUnixTimeSeconds(), Long(text[20..29]));
    }

    private static int Number(string text) =>
        int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static short Short(string text) =>
        short.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static long Long(string text) =>
        long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static double Double(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
