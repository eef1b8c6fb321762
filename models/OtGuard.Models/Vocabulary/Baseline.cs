using System.Security.Cryptography;
using System.Text;
using OtGuard.Collectors;
using OtGuard.Models.Fields;
using OtGuard.Models.Scoring;

namespace OtGuard.Models;

/// <summary>What a baseline was learned from.</summary>
/// <param name="Files">Names of the files, in the order they were read.</param>
/// <param name="Selection">The frames selected.</param>
/// <param name="Observations">How many observations were learned.</param>
/// <param name="First">Capture time of the first.</param>
/// <param name="Last">Capture time of the last.</param>
/// <param name="Observed">How long something was observed: minutes without any observation are left out.</param>
public sealed record LearnedFrom(
    IReadOnlyList<string> Files,
    FrameSelection Selection,
    long Observations,
    CaptureTime First,
    CaptureTime Last,
    TimeSpan Observed)
{
    /// <summary>Content hash of the baseline that it extends, whose files come first; null where it extends none.</summary>
    public string? Extends { get; init; }
}

/// <summary>All facts of a baseline, each list in its own order.</summary>
internal sealed record BaselineContents
{
    internal required LearnedFrom LearnedFrom { get; init; }
    internal required LearningOptions Options { get; init; }
    internal required Completeness Completeness { get; init; }
    internal required IReadOnlyList<HostFact> Hosts { get; init; }
    internal required IReadOnlyList<RouterFact> Routers { get; init; }
    internal required IReadOnlyList<BindingFact> Bindings { get; init; }
    internal required IReadOnlyList<RoleFact> Roles { get; init; }
    internal required IReadOnlyList<ConversationFact> Conversations { get; init; }
    internal required IReadOnlyList<UnitFact> Units { get; init; }
    internal required IReadOnlyList<FunctionFact> Functions { get; init; }
    internal required IReadOnlyList<RangeFact> Ranges { get; init; }
    internal required IReadOnlyList<WriterFact> Writers { get; init; }
    internal required IReadOnlyList<RefusalFact> Refusals { get; init; }
    internal required IReadOnlyList<IdentityFact> Identities { get; init; }
    internal required IReadOnlyList<PeerFact> Peers { get; init; }
    internal required IReadOnlyList<NameFact> Names { get; init; }
    internal required IReadOnlyList<CredentialFact> Credentials { get; init; }
    internal required IReadOnlyList<BusFact> Buses { get; init; }
    internal required IReadOnlyList<MessageFact> Messages { get; init; }
    internal required IReadOnlyList<CanFieldMap> Fields { get; init; }
    internal ModelSet Models { get; init; } = ModelSet.Empty;
}

/// <summary>
/// What was learned: who is there, who talks to whom about what, who does what to which addresses. Immutable, versioned,
/// content-hashed, and a text a person can review and a diff tool compare, one line a fact.
/// </summary>
/// <remarks>Thread-safe. The queries that return lists allocate: they are for explanations, not for each observation.</remarks>
public sealed class Baseline
{
    private const int MaximumFileBytes = 1 << 29;

    private readonly BaselineContents _contents;
    private readonly Dictionary<NetworkAddress, HostFact> _hosts;
    private readonly Dictionary<NetworkAddress, RouterFact> _routers;
    private readonly Dictionary<NetworkAddress, List<NetworkAddress>> _bindings = [];
    private readonly HashSet<(NetworkAddress, HostRole, string)> _roles;
    private readonly Dictionary<ConversationKey, ConversationFact> _conversations;
    private readonly Dictionary<(NetworkAddress, Transport, ushort), List<string>> _serviceProtocols = [];
    private readonly HashSet<(NetworkAddress, string, short)> _units;
    private readonly Dictionary<PairKey, PairVocabulary> _pairs = [];
    private readonly Dictionary<PairKey, PairVocabulary> _pairsOfAnybody = [];
    private readonly Dictionary<NetworkAddress, List<PairVocabulary>> _pairsOfServer = [];
    private readonly Dictionary<(NetworkAddress, short, string), List<string>> _identities = [];
    private readonly Dictionary<NetworkAddress, List<NetworkAddress>> _peers = [];
    private readonly Dictionary<(NetworkAddress Client, NetworkAddress Server, string Protocol, string Name), List<string>>
        _credentials = [];
    private readonly HashSet<(NetworkAddress Client, NetworkAddress Server, string Protocol)> _credentialed;
    private readonly Dictionary<(NetworkAddress Bus, string Protocol), BusFact> _buses;
    private readonly Dictionary<(int Channel, uint Identifier), CanFieldMap> _fields;
    private readonly Dictionary<(NetworkAddress Bus, string Protocol), List<MessageFact>> _messages = [];

    private readonly Lazy<AssetLearning> _learning;
    private NameMap? _nameMap;

    internal Baseline(BaselineContents contents, IReadOnlyList<Endorsement>? endorsements = null)
    {
        _contents = contents;
        _learning = new Lazy<AssetLearning>(() => new AssetLearning(contents));
        Endorsements = endorsements ?? [];
        ContentHash = BaselineText.HashOf(contents);

        _hosts = contents.Hosts.ToDictionary(host => host.Address);
        _routers = contents.Routers.ToDictionary(router => router.LinkAddress);
        _roles = [.. contents.Roles.Select(role => (role.Address, role.Role, role.Service))];
        _conversations = contents.Conversations.ToDictionary(conversation => conversation.Key);
        _units = [.. contents.Units.Select(unit => (unit.Server, unit.Protocol, unit.Unit))];
        _credentialed = [.. contents.Credentials.Select(fact => (fact.Client, fact.Server, fact.Protocol))];
        foreach (var fact in contents.Credentials)
            Append(_credentials, (fact.Client, fact.Server, fact.Protocol, fact.Name), fact.Value);
        _fields = contents.Fields.ToDictionary(map => (map.Channel, map.Identifier));
        _buses = contents.Buses.ToDictionary(bus => (bus.Bus, bus.Protocol));
        foreach (var message in contents.Messages)
            Append(_messages, (MessageKeys.BusOf(message.Message), message.Protocol), message);
        foreach (var binding in contents.Bindings) Append(_bindings, binding.Address, binding.LinkAddress);
        foreach (var identity in contents.Identities)
            Append(_identities, (identity.Server, identity.Unit, identity.Name), identity.Value);
        foreach (var (key, protocols, _, _) in contents.Conversations)
            foreach (var name in protocols) Append(_serviceProtocols, (key.Server, key.Transport, key.Service), name);
        foreach (var peer in contents.Peers)
        {
            Append(_peers, peer.First, peer.Second);
            Append(_peers, peer.Second, peer.First);
        }

        foreach (var fact in contents.Functions) Pair(fact.Pair).Functions.Add((fact.Unit, fact.Code, fact.SubCode));
        foreach (var fact in contents.Writers) Pair(fact.Pair).Writers.Add(fact.Unit);
        foreach (var fact in contents.Refusals) Pair(fact.Pair).Refusals.Add((fact.Unit, fact.Code, fact.Reason));
        foreach (var fact in contents.Ranges)
            Pair(fact.Pair).Ranges.Add((fact.Unit, fact.Space, fact.IsWrite), new AddressIntervals(fact.Intervals));
        foreach (var pair in _pairs.Values.Where(pair => pair.Key.Actor.Length > 0)) Join(pair);
        foreach (var anybody in _pairsOfAnybody.Values)
            if (_pairs.TryGetValue(anybody.Key, out var unnamed)) anybody.Add(unnamed);
    }

    /// <summary>SHA-256 over the contents, lower-case hexadecimal.</summary>
    public string ContentHash { get; }

    /// <summary>Who approved and signed it, in that order; beside the contents, and no part of their hash.</summary>
    public IReadOnlyList<Endorsement> Endorsements { get; }

    /// <summary>What it was learned from.</summary>
    public LearnedFrom LearnedFrom => _contents.LearnedFrom;

    /// <summary>The settings it was learned with.</summary>
    public LearningOptions Options => _contents.Options;

    /// <summary>How complete it is.</summary>
    public Completeness Completeness => _contents.Completeness;

    /// <summary>True where what is written, and by whom, is complete; until then a known writer's new address is no alarm.</summary>
    public bool WriteSideComplete => Completeness.IsWriteSideComplete;

    /// <summary>The hosts.</summary>
    public IReadOnlyList<HostFact> Hosts => _contents.Hosts;

    /// <summary>The routers.</summary>
    public IReadOnlyList<RouterFact> Routers => _contents.Routers;

    /// <summary>The addresses at link addresses.</summary>
    public IReadOnlyList<BindingFact> Bindings => _contents.Bindings;

    /// <summary>The hosts' roles.</summary>
    public IReadOnlyList<RoleFact> Roles => _contents.Roles;

    /// <summary>The conversations, those with groups included.</summary>
    public IReadOnlyList<ConversationFact> Conversations => _contents.Conversations;

    /// <summary>The servers' units.</summary>
    public IReadOnlyList<UnitFact> Units => _contents.Units;

    /// <summary>The functions used.</summary>
    public IReadOnlyList<FunctionFact> Functions => _contents.Functions;

    /// <summary>The ranges read and written.</summary>
    public IReadOnlyList<RangeFact> Ranges => _contents.Ranges;

    /// <summary>The writers.</summary>
    public IReadOnlyList<WriterFact> Writers => _contents.Writers;

    /// <summary>The usual refusals.</summary>
    public IReadOnlyList<RefusalFact> Refusals => _contents.Refusals;

    /// <summary>The identity texts.</summary>
    public IReadOnlyList<IdentityFact> Identities => _contents.Identities;

    /// <summary>The redundant pairs.</summary>
    public IReadOnlyList<PeerFact> Peers => _contents.Peers;

    /// <summary>Names of objects whose numbers say nothing.</summary>
    public IReadOnlyList<NameFact> Names => _contents.Names;

    /// <summary>What somebody said of points when it was learned: names, types, units.</summary>
    public NameMap NameMap => _nameMap ?? _contents.Options.NameMap;

    /// <summary>Certificates, application URIs and security in use.</summary>
    public IReadOnlyList<CredentialFact> Credentials => _contents.Credentials;

    /// <summary>The buses.</summary>
    public IReadOnlyList<BusFact> Buses => _contents.Buses;

    /// <summary>The messages broadcast on them.</summary>
    public IReadOnlyList<MessageFact> Messages => _contents.Messages;

    /// <summary>The fields of those messages, as their traffic showed them.</summary>
    public IReadOnlyList<CanFieldMap> Fields => _contents.Fields;

    /// <summary>The models of rhythm and signals; empty where none were trained.</summary>
    public ModelSet Models => _contents.Models;

    /// <summary>The same baseline with these models.</summary>
    public Baseline With(ModelSet models) => new(_contents with { Models = models });

    /// <summary>Counts per family and what is to be expected, a sentence each: for summaries.</summary>
    public IReadOnlyList<string> Summary => [.. Completeness.Sentences()];

    /// <summary>Whether a stream begins as a baseline does, of whatever version and state.</summary>
    public static bool IsBaseline(Stream stream)
    {
        Span<byte> begin = stackalloc byte[BaselineText.Magic.Length];
        var read = stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(begin[..read]) == BaselineText.Magic;
    }

    /// <summary>Reads a baseline.</summary>
    /// <exception cref="BaselineFormatException">It is none, was changed after it was written, or is of a newer format.</exception>
    public static Baseline Load(Stream stream)
    {
        var bytes = ReadAll(stream);
        var (contents, hash, endorsements) = BaselineText.Read(bytes);
        Baseline baseline;
        try
        {
            baseline = new Baseline(contents, endorsements);
        }
        catch (ArgumentException e)
        {
            throw new BaselineFormatException("The baseline states the same fact twice.", e);
        }

        // What is judged by must be what was reviewed: a line read otherwise than it would be written is refused.
        return baseline.ContentHash == hash
            ? baseline
            : throw new BaselineFormatException(
                "The baseline's contents are not in the form this version writes; learn it again.");
    }

    /// <summary>Writes the baseline: UTF-8, LF, the same bytes for the same contents.</summary>
    public void Save(Stream stream)
    {
        // Written anew rather than kept: a baseline is held for as long as the program runs, and saved once.
        Save(stream, Endorsements.Count);
    }

    /// <summary>
    /// The content hash that a file states of itself, unchecked and of whatever format, or null where it is no baseline.
    /// </summary>
    public static string? StatedHash(Stream stream) => BaselineText.StatedHash(stream);

    /// <summary>The same baseline, approved by one more person.</summary>
    /// <param name="who">The person, as the system names the account.</param>
    /// <param name="when">When.</param>
    /// <param name="why">The reason; may be empty.</param>
    /// <exception cref="ArgumentException">That person approved it before.</exception>
    public Baseline Approve(string who, DateTimeOffset when, string why)
    {
        if (Approvers().Contains(who)) throw new ArgumentException($"'{who}' approved it before.", nameof(who));
        return new Baseline(_contents, [.. Endorsements, new Approval(ToSecond(when), who, why)]);
    }

    /// <summary>The same baseline, signed with one more key: everything that stands in it until then.</summary>
    /// <param name="key">A private key on P-256.</param>
    /// <param name="when">When.</param>
    /// <exception cref="CryptographicException">The key is a public one.</exception>
    public Baseline Sign(ECDsa key, DateTimeOffset when)
    {
        ArgumentNullException.ThrowIfNull(key);
        var value = key.SignHash(HashUntil(Endorsements.Count), DSASignatureFormat.Rfc3279DerSequence);
        return new Baseline(_contents, [.. Endorsements, new Signature(ToSecond(when), SigningKeys.IdOf(key), value)]);
    }

    /// <summary>
    /// Index in <see cref="Endorsements"/> of the last signature by a key that is valid, or -1 where there is none. It
    /// vouches for the contents and for every endorsement before it.
    /// </summary>
    /// <param name="key">A public or private key on P-256.</param>
    public int ValidSignature(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        for (var at = Endorsements.Count - 1; at >= 0; at--)
        {
            if (Endorsements[at] is Signature signature
                && key.VerifyHash(HashUntil(at), signature.Value.Span, DSASignatureFormat.Rfc3279DerSequence)) return at;
        }

        return -1;
    }

    /// <summary>The people who approved it, each once, as far as a signature vouches for it.</summary>
    /// <param name="until">Index of the signature; null for all who approved it, vouched for or not.</param>
    public IReadOnlyList<string> Approvers(int? until = null) =>
        [.. Endorsements.Take(until ?? Endorsements.Count).OfType<Approval>().Select(a => a.Who).Distinct(StringComparer.Ordinal)];

    /// <summary>The names of the sections of a file, endorsements not included.</summary>
    public static IReadOnlyList<string> SectionNames { get; } =
    [
        "learned-from", "settings", "completeness", "routers", "peers",
        .. FactFamilies.All.Where(family => family is not (FactFamily.MessageForms or FactFamily.Credentials or FactFamily.Messages))
            .Select(FactFamilies.Section),
        "names", "credentials", "buses", "messages", "fields", "name-map", "models", "attachments",
    ];

    /// <summary>The lines of one section of the file; empty where there is none of that name.</summary>
    public IReadOnlyList<string> Section(string name)
    {
        using var stream = new MemoryStream();
        BaselineText.Write(_contents, stream);
        stream.Position = 0;
        using var reader = new StreamReader(stream);
        List<string> lines = [];
        var isInside = false;
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('[')) isInside = line == $"[{name}]";
            else if (isInside && line.Length > 0) lines.Add(line);
        }

        return lines;
    }

    /// <summary>How far learning of an asset is in one family: by its own facts and the time since it was first seen.</summary>
    /// <param name="asset">A host, or a bus (of the address of a message on it, its bus).</param>
    /// <param name="family">The family of facts.</param>
    public LearningStage StageOf(NetworkAddress asset, FactFamily family) => _learning.Value.StageOf(asset, family);

    /// <summary>How far learning of an asset is in one family of models; learning where that has nothing of it.</summary>
    public LearningStage StageOf(NetworkAddress asset, string family) =>
        Models.Models.FirstOrDefault(model => model.Family == family)?.StageOf(asset) ?? LearningStage.Learning;

    /// <summary>How complete the facts of an asset in one family are, or null for an asset never seen.</summary>
    public FamilyCompleteness? CompletenessOf(NetworkAddress asset, FactFamily family) =>
        _learning.Value.CompletenessOf(asset, family);

    /// <summary>The assets: every host and every bus, in their order.</summary>
    public IReadOnlyList<NetworkAddress> Assets => _learning.Value.Assets;

    /// <summary>
    /// True where what is written to a server, and by whom, is known; until then a known writer's new address is no alarm.
    /// </summary>
    public bool WriteSideKnown(NetworkAddress server) =>
        StageOf(server, FactFamily.WriteRanges) == LearningStage.Operational
        && StageOf(server, FactFamily.Writers) == LearningStage.Operational;

    /// <summary>The same baseline, whose contents and hash stay as they are, with other names of points for this run.</summary>
    public Baseline Named(NameMap map)
    {
        var named = (Baseline)MemberwiseClone();
        named._nameMap = map;
        return named;
    }

    private void Save(Stream stream, int endorsements)
    {
        stream.Write(Encoding.UTF8.GetBytes(BaselineText.Header(ContentHash)));
        BaselineText.Write(_contents, stream);
        stream.Write(Encoding.UTF8.GetBytes(EndorsementText.Write(ContentHash, Endorsements.Take(endorsements))));
    }

    /// <summary>SHA-256 over the file up to the line of an endorsement.</summary>
    private byte[] HashUntil(int endorsement)
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            Save(stream, endorsement);
            // The heading stands before the first of them.
            if (endorsement == 0) stream.Write(Encoding.UTF8.GetBytes(EndorsementText.Heading));
        }

        return hash.Hash!;
    }

    private static DateTimeOffset ToSecond(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    /// <summary>True for an address that was seen sending.</summary>
    public bool KnownHost(NetworkAddress address) => _hosts.ContainsKey(address);

    /// <summary>The host of that address, or null.</summary>
    public HostFact? HostOf(NetworkAddress address) => _hosts.GetValueOrDefault(address);

    /// <summary>True for a MAC address behind which other networks lie, or a virtual router's.</summary>
    public bool IsRouter(NetworkAddress linkAddress) =>
        _routers.ContainsKey(linkAddress) || VirtualRouters.IsVirtual(linkAddress);

    /// <summary>The link addresses an address was seen at.</summary>
    public IReadOnlyList<NetworkAddress> BindingOf(NetworkAddress address) => Listed(_bindings, address);

    /// <summary>True for a host that was seen in that role of a protocol (<c>modbus</c>) or service (<c>tcp/502</c>).</summary>
    public bool HasRole(NetworkAddress address, HostRole role, string service) =>
        _roles.Contains((address, role, service));

    /// <summary>The roles of a host.</summary>
    public IReadOnlyList<RoleFact> RolesOf(NetworkAddress address) =>
        [.. _contents.Roles.Where(role => role.Address == address)];

    /// <summary>The conversation of that key, or null.</summary>
    public ConversationFact? ConversationOf(ConversationKey key) => _conversations.GetValueOrDefault(key);

    /// <summary>The clients of a server's service.</summary>
    public IReadOnlyList<NetworkAddress> ClientsOf(NetworkAddress server, Transport transport, ushort service) =>
        [.. _contents.Conversations
            .Where(c => c.Key.Server == server && c.Key.Transport == transport && c.Key.Service == service)
            .Select(c => c.Key.Client)];

    /// <summary>The protocols recognised on a server's service.</summary>
    public IReadOnlyList<string> ProtocolsOf(NetworkAddress server, Transport transport, ushort service) =>
        Listed(_serviceProtocols, (server, transport, service));

    /// <summary>True for a unit of a server that was addressed.</summary>
    public bool KnownUnit(NetworkAddress server, string protocol, short unit) =>
        _units.Contains((server, protocol, unit));

    /// <summary>The units of a server that were addressed.</summary>
    public IReadOnlyList<short> UnitsOf(NetworkAddress server) =>
        [.. _contents.Units.Where(unit => unit.Server == server).Select(unit => unit.Unit).Distinct()];

    /// <summary>The clients that write to a unit.</summary>
    public IReadOnlyList<NetworkAddress> WritersOf(NetworkAddress server, short unit) =>
        [.. PairsOf(server).Where(pair => pair.Writers.Contains(unit)).Select(pair => pair.Key.Client)];

    /// <summary>The function codes a client uses on a unit, in ascending order.</summary>
    public IReadOnlyList<(short Code, int SubCode)> FunctionsOf(
        NetworkAddress client, NetworkAddress server, short unit) =>
        [.. PairsOf(server)
            .Where(pair => pair.Key.Client == client)
            .SelectMany(pair => pair.Functions)
            .Where(function => function.Unit == unit)
            .Select(function => (function.Code, function.SubCode))
            .Order()];

    /// <summary>The addresses a client reads, or writes, in one space of a unit.</summary>
    public IReadOnlyList<AddressInterval> RangesOf(
        NetworkAddress client, NetworkAddress server, short unit, TargetSpace space, bool isWrite) =>
        [.. PairsOf(server)
            .Where(pair => pair.Key.Client == client)
            .SelectMany(pair => pair.Ranges.TryGetValue((unit, space, isWrite), out var range) ? range.Items : [])];

    /// <summary>The addresses that belong to one <see cref="RangeFact"/>; empty where there is none.</summary>
    internal IReadOnlyList<AddressInterval> RangesOf(PairKey pair, short unit, TargetSpace space, bool isWrite) =>
        _pairs.TryGetValue(pair, out var vocabulary) && vocabulary.Ranges.TryGetValue((unit, space, isWrite), out var range)
            ? range.Items
            : [];

    /// <summary>The texts a unit was seen to give for a name.</summary>
    public IReadOnlyList<string> IdentityOf(NetworkAddress server, short unit, string name) =>
        Listed(_identities, (server, unit, name));

    /// <summary>Whether anything was learned of how two hosts prove who they are.</summary>
    public bool HasCredentials(NetworkAddress client, NetworkAddress server, string protocol) =>
        _credentialed.Contains((client, server, protocol));

    /// <summary>What was learned of one kind of credential between two hosts.</summary>
    public IReadOnlyList<string> CredentialsOf(NetworkAddress client, NetworkAddress server, string protocol, string name) =>
        Listed(_credentials, (client, server, protocol, name));

    /// <summary>What was learned of a bus, or null.</summary>
    public BusFact? BusOf(NetworkAddress bus, string protocol) => _buses.GetValueOrDefault((bus, protocol));

    /// <summary>The messages learned on a bus.</summary>
    public IReadOnlyList<MessageFact> MessagesOf(NetworkAddress bus, string protocol) => Listed(_messages, (bus, protocol));

    /// <summary>The fields of a message on a bus, or null.</summary>
    public CanFieldMap? FieldsOf(NetworkAddress bus, uint identifier) =>
        _fields.GetValueOrDefault(((int)bus.High, identifier));

    /// <summary>The hosts that hold the same role as this one: its redundant partners.</summary>
    public IReadOnlyList<NetworkAddress> PeersOf(NetworkAddress host) => Listed(_peers, host);

    /// <summary>The redundant partner of a host, or null.</summary>
    public NetworkAddress? PeerOf(NetworkAddress host) => PeersOf(host) is [var peer, ..] ? peer : null;

    /// <summary>False where the family found no room for all of its facts, so that what it does not know means nothing.</summary>
    internal bool Judges(FactFamily family) => Completeness[family].Overflow == 0;

    /// <summary>What a client does on a server by a protocol, or null.</summary>
    internal PairVocabulary? PairOf(NetworkAddress client, NetworkAddress server, string protocol, string actor) =>
        _pairs.GetValueOrDefault(new PairKey(client, server, protocol, actor));

    /// <summary>
    /// What a client does on a server by a protocol, whoever acts; null where it was never seen who does. For sessions
    /// that were opened before the capture: who opened them cannot be known.
    /// </summary>
    internal PairVocabulary? PairOfAnybody(NetworkAddress client, NetworkAddress server, string protocol) =>
        _pairsOfAnybody.GetValueOrDefault(new PairKey(client, server, protocol));

    private List<PairVocabulary> PairsOf(NetworkAddress server) => Listed(_pairsOfServer, server);

    private void Join(PairVocabulary pair)
    {
        var key = pair.Key with { Actor = "" };
        if (!_pairsOfAnybody.TryGetValue(key, out var anybody))
            _pairsOfAnybody.Add(key, anybody = new PairVocabulary(key));
        anybody.Add(pair);
    }

    private PairVocabulary Pair(PairKey key)
    {
        if (_pairs.TryGetValue(key, out var pair)) return pair;
        pair = new PairVocabulary(key);
        _pairs.Add(key, pair);
        if (!_pairsOfServer.TryGetValue(key.Server, out var pairs)) _pairsOfServer.Add(key.Server, pairs = []);
        pairs.Add(pair);
        return pair;
    }

    /// <summary>The list of a key, or an empty one that is always the same: nothing is allocated for what is not there.</summary>
    private static List<TValue> Listed<TKey, TValue>(Dictionary<TKey, List<TValue>> lists, TKey key)
        where TKey : notnull => lists.GetValueOrDefault(key) ?? Empty<TValue>.List;

    private static void Append<TKey, TValue>(Dictionary<TKey, List<TValue>> lists, TKey key, TValue value)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list)) lists.Add(key, list = []);
        if (!list.Contains(value)) list.Add(value);
    }

    private static class Empty<T>
    {
        internal static readonly List<T> List = [];
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var memory = new MemoryStream(stream.CanSeek ? (int)Math.Min(stream.Length, MaximumFileBytes) : 0);
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            if (memory.Length + read > MaximumFileBytes)
                throw new BaselineFormatException("The file is larger than any baseline (512 MiB).");
            memory.Write(buffer, 0, read);
        }

        return memory.Length == memory.Capacity ? memory.GetBuffer() : memory.ToArray();
    }
}

/// <summary>What one client does on one server by one protocol, for look-ups that allocate nothing.</summary>
internal sealed class PairVocabulary
{
    internal PairVocabulary(PairKey key) => Key = key;

    internal PairKey Key { get; }

    internal HashSet<(short Unit, short Code, int SubCode)> Functions { get; } = [];

    internal Dictionary<(short Unit, TargetSpace Space, bool IsWrite), AddressIntervals> Ranges { get; } = [];

    internal HashSet<short> Writers { get; } = [];

    internal HashSet<(short Unit, short Code, int Reason)> Refusals { get; } = [];

    /// <summary>Adds what another one does.</summary>
    internal void Add(PairVocabulary other)
    {
        Functions.UnionWith(other.Functions);
        Writers.UnionWith(other.Writers);
        Refusals.UnionWith(other.Refusals);
        foreach (var (key, intervals) in other.Ranges)
        {
            if (!Ranges.TryGetValue(key, out var mine)) Ranges.Add(key, mine = new AddressIntervals());
            foreach (var interval in intervals.Items) mine.Add(interval);
        }
    }
}
