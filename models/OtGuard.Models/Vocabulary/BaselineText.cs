using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OtGuard.Collectors;
using OtGuard.Models.Fields;
using OtGuard.Models.Scoring;

namespace OtGuard.Models;

/// <summary>The baseline as text: <c>README.md</c> describes the format.</summary>
/// <remarks>
/// Version 4 knows exactly the sections below. One it does not know is refused and not skipped: a judge that leaves out
/// what it does not understand is blind without saying so. A new section is a new version.
/// </remarks>
internal static class BaselineText
{
    internal const int Version = 4;

    /// <summary>What every baseline file begins with.</summary>
    public const string Magic = "otguard-baseline ";

    /// <summary>Bytes of an attachment that one line holds: 120 characters in base 64.</summary>
    private const int AttachmentLineBytes = 90;

    private const string HashName = "content-hash ";
    private const string Separator = " | ";
    private const string Arrow = " -> ";

    internal static string Header(string hash) => $"{Magic}{Version}\n{HashName}{hash}\n";

    /// <summary>SHA-256 over the contents as they are written.</summary>
    internal static string HashOf(BaselineContents contents)
    {
        // Hashed while it is written: the text of a large baseline is never held as a whole.
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
            Write(contents, stream);
        return Convert.ToHexStringLower(hash.Hash!);
    }

    /// <summary>Writes the contents, header not included.</summary>
    internal static void Write(BaselineContents contents, Stream stream)
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(false), bufferSize: 4096, leaveOpen: true) { NewLine = "\n" };
        Section(text, "learned-from", Lines(contents.LearnedFrom));
        Section(text, "settings", SettingsOf(contents.Options).Select(setting => $"{setting.Name} {setting.Value}"));
        Section(text, "completeness",
            contents.Completeness.Sentences().Select(sentence => "# " + sentence)
                .Concat(contents.Completeness.Families.Select(Line)));
        Section(text, "routers", contents.Routers.Select(router => Join(
            router.LinkAddress.ToString(),
            router.IsVirtual ? "virtual" : "physical",
            Text($"{router.Addresses} addresses"))));
        Section(text, "peers",
            contents.Peers.Select(peer => Join($"{peer.First} = {peer.Second}", Escape(peer.Reason))));
        Facts(text, FactFamily.Hosts, contents.Hosts, host => Join(
            host.Address.ToString(), StageName(host.Stage), Line(host.Seen)));
        Facts(text, FactFamily.Bindings, contents.Bindings, binding => Join(
            $"{binding.Address} at {binding.LinkAddress}", Line(binding.Seen)));
        Facts(text, FactFamily.Roles, contents.Roles, role => Join(
            Address(role.Address),
            $"{RoleName(role.Role)} of {Escape(role.Service)}",
            Line(role.Seen)));
        Facts(text, FactFamily.Conversations, contents.Conversations.Where(c => !c.IsGroup), Line);
        Facts(text, FactFamily.GroupConversations, contents.Conversations.Where(c => c.IsGroup), Line);
        Facts(text, FactFamily.Units, contents.Units, unit => Join(
            Text($"{Address(unit.Server)} {unit.Protocol} unit {unit.Unit}"), Line(unit.Seen)));
        Facts(text, FactFamily.Functions, contents.Functions, function => Join(
            PairLine(function.Pair, function.Unit),
            FunctionLine(function.Code, function.SubCode),
            Escape(function.Name),
            Line(function.Seen)));
        Facts(text, FactFamily.ReadRanges, contents.Ranges.Where(range => !range.IsWrite), Line);
        Facts(text, FactFamily.WriteRanges, contents.Ranges.Where(range => range.IsWrite), Line);
        Facts(text, FactFamily.Writers, contents.Writers, writer => Join(
            PairLine(writer.Pair, writer.Unit), Line(writer.Seen)));
        Facts(text, FactFamily.Refusals, contents.Refusals, refusal => Join(
            PairLine(refusal.Pair, refusal.Unit),
            FunctionLine(refusal.Code, -1),
            Text($"reason {refusal.Reason}"),
            Line(refusal.Seen)));
        Facts(text, FactFamily.Identities, contents.Identities, identity => Join(
            Text($"{Address(identity.Server)} {identity.Protocol} unit {identity.Unit}"),
            Escape(identity.Name),
            Escape(identity.Value),
            Line(identity.Seen)));
        Section(text, "names", contents.Names.Select(name => Join(
            Text($"{name.Protocol} {SpaceName(name.Space)} {name.Number}"), Escape(name.Name))));
        Facts(text, FactFamily.Credentials, contents.Credentials, fact => Join(
            Text($"{Address(fact.Client)}{Arrow}{Address(fact.Server)} {fact.Protocol}"),
            Escape(fact.Name),
            Escape(fact.Value),
            Line(fact.Seen)));
        Section(text, "buses", contents.Buses.Select(bus => Join(
            Text($"{bus.Bus} {bus.Protocol}"),
            Text($"{bus.Frames} frames, {bus.ErrorFrames} error frames"),
            Text($"{bus.Windows} windows, at most {bus.BusiestWindow} frames, {bus.GreatestShare} % of one message, {bus.MostErrors} error frames"),
            Text($"silent for {bus.LongestSilence} ns at most, times of {bus.Resolution} ns"))));
        Facts(text, FactFamily.Messages, contents.Messages, message => Join(
            Text($"{message.Message} {message.Protocol}"),
            string.Join(", ", message.Forms.Select(form =>
                Text($"{form.Code}/{form.SubCode} {Escape(form.Name)} x{form.Count} on {Line(form.Seen)}"))),
            Line(message.Rhythm),
            Line(message.Seen)));
        Section(text, "fields", FieldText.Lines(contents.Fields));
        Section(text, "name-map", contents.Options.NameMap.Points.Select(Line));
        Section(text, "models", contents.Models.Lines().Select(line => "# " + Escape(line)));
        Section(text, "attachments", contents.Models.ToAttachments().SelectMany(Lines));
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="BaselineFormatException">It is no baseline, was changed, or is of a newer format.</exception>
    internal static (BaselineContents Contents, string Hash, IReadOnlyList<Endorsement> Endorsements) Read(
        byte[] bytes)
    {
        ReadOnlySpan<byte> file = bytes;
        var magic = Encoding.UTF8.GetBytes(Magic);
        if (!file.StartsWith(magic))
            throw new BaselineFormatException("The file is no baseline: it does not begin with 'otguard-baseline'.");
        var versionText = TakeLine(ref file)[Magic.Length..];
        if (!int.TryParse(versionText, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            throw new BaselineFormatException("The file is no baseline: its first line names no format version.");
        if (version != Version)
        {
            throw new BaselineFormatException(Text(
                $"The baseline is of format {version}; this version of OtGuard reads format {Version}."));
        }

        var stated = TakeLine(ref file);
        if (!stated.StartsWith(HashName, StringComparison.Ordinal))
            throw new BaselineFormatException("The baseline has no content hash in its second line.");
        // What follows the contents is no part of them. No line of theirs can look like its heading.
        var trailer = file.LastIndexOf(Encoding.UTF8.GetBytes(EndorsementText.Heading));
        var endorsements = trailer < 0 ? default : file[trailer..];
        if (trailer >= 0) file = file[..trailer];
        var hash = Convert.ToHexStringLower(SHA256.HashData(file));
        if (stated[HashName.Length..] != hash)
        {
            throw new BaselineFormatException(
                $"The baseline was changed after it was written: its contents hash to {hash}, its second line says"
                + $" {stated[HashName.Length..].Trim()} (line ends other than LF change the hash too).");
        }

        var begin = bytes.Length - endorsements.Length - file.Length;
        using var lines = new StreamReader(new MemoryStream(bytes, begin, file.Length), Encoding.UTF8);
        return (
            new BaselineReader(lines, firstLine: 3).Read(),
            hash,
            endorsements.IsEmpty ? [] : EndorsementText.Read(hash, Encoding.UTF8.GetString(endorsements)));
    }

    /// <summary>The number of format and the content hash that a file states of itself, unchecked; null where it is no baseline.</summary>
    internal static string? StatedHash(Stream stream)
    {
        var begin = new byte[Magic.Length + HashName.Length + 100];
        var read = stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
        var lines = Encoding.UTF8.GetString(begin, 0, read).Split('\n');
        return lines is [var first, var second, ..] && first.StartsWith(Magic, StringComparison.Ordinal)
            && second.StartsWith(HashName, StringComparison.Ordinal)
                ? second[HashName.Length..].Trim()
                : null;
    }

    internal static string Escape(string text)
    {
        // What a device says of itself comes from the wire: nothing in it may look like structure or steer a terminal.
        var plain = true;
        foreach (var c in text) plain &= IsPlain(c);
        if (plain) return text;
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (IsPlain(c)) escaped.Append(c);
            else escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return escaped.ToString();
    }

    internal static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 5 < text.Length && text[at + 1] == 'u'
                && ushort.TryParse(
                    text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                at += 5;
                continue;
            }

            plain.Append(text[at]);
        }

        return plain.ToString();
    }

    internal static string ServiceName(Transport transport, ushort service)
    {
        // An EtherType is known by its hexadecimal form, a port by its decimal one.
        var name = TransportName(transport);
        return transport == Transport.Link ? Text($"{name}/0x{service:x4}") : Text($"{name}/{service}");
    }

    internal static string TransportName(Transport transport) => transport switch
    {
        Transport.Link => "link",
        Transport.Ip => "ip",
        Transport.Tcp => "tcp",
        Transport.Udp => "udp",
        Transport.Can => "can",
    };

    internal static string SpaceName(TargetSpace space) => space switch
    {
        TargetSpace.None => "nothing",
        TargetSpace.Coils => "coils",
        TargetSpace.DiscreteInputs => "discrete inputs",
        TargetSpace.InputRegisters => "input registers",
        TargetSpace.HoldingRegisters => "holding registers",
        TargetSpace.FileRecords => "file records",
        TargetSpace.FifoQueue => "FIFO queue",
        TargetSpace.DeviceObjects => "device objects",
        TargetSpace.CanIdentifier => "CAN identifier",
        TargetSpace.DataIdentifiers => "data identifiers",
        TargetSpace.Routines => "routines",
        TargetSpace.Memory => "memory",
        TargetSpace.ParameterGroups => "parameter groups",
        TargetSpace.Nodes => "nodes",
    };

    internal static string RoleName(HostRole role) => role switch
    {
        HostRole.Client => "client",
        HostRole.Server => "server",
    };

    internal static string StageName(LearningStage stage) => stage switch
    {
        LearningStage.Learning => "learning",
        LearningStage.Dynamic => "dynamic",
        LearningStage.Operational => "operational",
    };

    internal static string ScaleName(OccasionScale scale) => scale switch
    {
        OccasionScale.Minute => "minutes",
        OccasionScale.Hour => "hours",
        OccasionScale.Shift => "shifts",
        OccasionScale.Day => "days",
    };

    private static bool IsPlain(char c) =>
        c is >= ' ' and <= '~' and not ('|' or '\\') || (c > '~' && char.IsLetter(c));

    private static IEnumerable<string> Lines(LearnedFrom from) =>
    [
        .. from.Files.Select(file => "file " + Escape(file)),
        .. from.Extends is { } extended ? ["extends " + extended] : Array.Empty<string>(),
        SelectionText(from.Selection),
        Text($"observations {from.Observations}"),
        $"first {from.First}",
        $"last {from.Last}",
        "observed " + from.Observed.ToString("c", CultureInfo.InvariantCulture),
    ];

    internal static string SelectionText(FrameSelection selection) => selection == FrameSelection.All
        ? "frames all"
        : selection.Last == long.MaxValue
            ? Text($"frames {selection.First}-")
            : Text($"frames {selection.First}-{selection.Last}");

    /// <summary>The settings as text.</summary>
    internal static IEnumerable<(string Name, string Value)> SettingsOf(LearningOptions options) =>
    [
        ("approvers", Text($"{options.Approvers}")),
        ("bus-pause", options.BusPause.ToString("c", CultureInfo.InvariantCulture)),
        ("complete-below", Text($"{options.CompleteBelow:R}")),
        ("complete-horizon", options.CompleteHorizon.ToString("c", CultureInfo.InvariantCulture)),
        ("maximum-facts", Text($"{options.MaximumFacts}")),
        ("maximum-requests-per-range", Text($"{options.MaximumRequestsPerRange}")),
        ("minimum-occasions", Text($"{options.MinimumOccasions}")),
        ("peer-minimum-minutes", Text($"{options.PeerMinimumMinutes}")),
        ("peer-minimum-requests", Text($"{options.PeerMinimumRequests}")),
        ("peer-similarity", Text($"{options.PeerSimilarity:R}")),
        ("router-minimum-addresses", Text($"{options.RouterMinimumAddresses}")),
        .. options.Models.Values(),
    ];

    private static IEnumerable<string> Lines(ModelAttachment attachment)
    {
        yield return Text($"{attachment.Name} {attachment.Bytes.Length}");
        for (var at = 0; at < attachment.Bytes.Length; at += AttachmentLineBytes)
        {
            yield return Convert.ToBase64String(
                attachment.Bytes.AsSpan(at, Math.Min(AttachmentLineBytes, attachment.Bytes.Length - at)));
        }
    }

    private static string Line(FamilyCompleteness family) => Join(
    [
        FactFamilies.Section(family.Family),
        Text($"{family.Facts} facts"),
        Text($"{family.Overflow} without room"),
        .. family.Counts.Select(c => Text($"{ScaleName(c.Scale)} {c.Occasions}: {c.Once} once, {c.Twice} twice")),
    ]);

    private static string Line(ConversationFact fact) => Join(
        $"{Address(fact.Key.Client)}{Arrow}{Address(fact.Key.Server)}",
        ServiceName(fact.Key.Transport, fact.Key.Service),
        fact.Protocols.Count == 0 ? "-" : string.Join(", ", fact.Protocols.Select(Escape)),
        Line(fact.Seen));

    private static string Line(RangeFact fact) => Join(
        PairLine(fact.Pair, fact.Unit),
        $"{SpaceName(fact.Space)} {string.Join(",", fact.Intervals)}",
        fact.Requests.Count == 0
            ? "-"
            : string.Join("; ", fact.Requests.Select(group => $"{Line(group.Seen)}: {string.Join(",", group.Requests)}")),
        Line(fact.Seen));

    private static string Line(OccasionTally seen) => Text($"{seen.Minutes}/{seen.Hours}/{seen.Shifts}/{seen.Days}");

    private static string Line(NamedPoint point) => Join(
        Text($"{point.Server} unit {point.Unit}"),
        Text($"{SpaceName(point.Space)} {point.Address}"),
        Text($"{point.Type} {point.WordOrder}"),
        Text($"x {point.Scale:R} + {point.Offset:R}"),
        $"{Bound(point.Low)} .. {Bound(point.High)}",
        Escape(point.EngineeringUnit),
        Escape(point.Name));

    private static string Bound(double? value) => value is { } number ? Text($"{number:R}") : "-";

    private static string Line(MessageRhythm rhythm) => Text(
        $"{rhythm.Gaps} gaps of {rhythm.Shortest} {rhythm.Median} {rhythm.Longest} ns, eight in {rhythm.ShortestSpan} ns");

    private static string Line(Sightings seen) => Join(
        Text($"{seen.Count} times"),
        $"{seen.First} .. {seen.Last}",
        Text($"{seen.Minutes} minutes, {seen.Hours} hours, {seen.Shifts} shifts, {seen.Days} days, at {HoursText(seen.HoursOfDay)}"));

    /// <summary>Hours of the day as intervals: <c>6-17,22</c>; a dash for none.</summary>
    internal static string HoursText(uint hours)
    {
        var intervals = new AddressIntervals(
            Enumerable.Range(0, 24).Where(hour => (hours >> hour & 1) != 0).Select(hour => new AddressInterval((uint)hour, (uint)hour)));
        return intervals.Items.Count == 0 ? "-" : string.Join(",", intervals.Items);
    }

    /// <summary>The address; a dash for none, as where a bus has no addresses.</summary>
    private static string Address(NetworkAddress address) =>
        address.Kind == AddressKind.None ? "-" : address.ToString();

    private static string PairLine(PairKey pair, short unit) =>
        Text($"{Address(pair.Client)}{Arrow}{Address(pair.Server)} {pair.Protocol} unit {unit}")
        + (pair.Actor.Length == 0 ? "" : " as " + Escape(pair.Actor));

    private static string FunctionLine(short code, int subCode) =>
        subCode < 0 ? Text($"function {code}") : Text($"function {code} sub {subCode}");

    private static void Facts<T>(TextWriter text, FactFamily family, IEnumerable<T> facts, Func<T, string> line) =>
        Section(text, FactFamilies.Section(family), facts.Select(line));

    private static void Section(TextWriter text, string name, IEnumerable<string> lines)
    {
        text.Write($"\n[{name}]\n");
        foreach (var line in lines) text.WriteLine(line);
    }

    private static string Join(params IEnumerable<string> cells) => string.Join(Separator, cells);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string TakeLine(ref ReadOnlySpan<byte> file)
    {
        var end = file.IndexOf((byte)'\n');
        var line = end < 0 ? file : file[..end];
        file = end < 0 ? [] : file[(end + 1)..];
        // A first line longer than any that is written is garbage, and need not be shown.
        return Encoding.UTF8.GetString(line[..Math.Min(line.Length, 200)]);
    }
}
