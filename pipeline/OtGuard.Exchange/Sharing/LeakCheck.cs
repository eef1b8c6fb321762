using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OtGuard.Exchange.Evidence;
using OtGuard.Exchange.Stix;
using OtGuard.Models;

namespace OtGuard.Exchange.Sharing;

/// <summary>A withheld value that still occurs.</summary>
/// <param name="File">The file.</param>
/// <param name="Sort">What it is.</param>
/// <param name="Form">How it occurs: as text, as a SHA-256, as a UUID …</param>
/// <param name="Original">The value. Stays at home.</param>
public sealed record Leak(string File, Sensitivity Sort, string Form, string Original);

/// <summary>What a check found.</summary>
/// <param name="Leaks">Withheld values that occur; empty for none.</param>
/// <param name="NotLookedFor">
/// Values too short, or the same as a word of the formats themselves: that they occur as text proves nothing. Their
/// hashes were looked for.
/// </param>
public sealed record LeakReport(IReadOnlyList<Leak> Leaks, IReadOnlyList<string> NotLookedFor);

/// <summary>Looks for withheld values in everything that leaves, as a stranger would who knows them.</summary>
/// <remarks>
/// Each value is looked for as text (whatever the case, and with its parts written differently for addresses), in
/// UTF-16, as bytes of an address in both orders and as its number, and as MD5, SHA-1, SHA-2 and UUIDv5 of itself in
/// the known namespaces. Files are searched as they are and behind their encodings: base64, hexadecimal, percent
/// and JSON escapes, gzip and Deflate, three layers deep. Where the payload of frames is withheld, a capture must hold
/// none: that is checked by its form, since a register is but two bytes.
/// </remarks>
public static partial class LeakCheck
{
    private const int Layers = 3;
    private const int MostViews = 200_000;
    private const int MostInflated = 64 << 20;

    /// <summary>Shortest text that is looked for: shorter ones occur everywhere.</summary>
    private const int ShortestText = 3;

    /// <summary>Longest word of the formats: a run of letters beyond is something else.</summary>
    private const int LongestWord = 40;

    private static readonly Lazy<HashSet<string>> Vocabulary = new(Words);

    /// <summary>Checks files that are about to leave.</summary>
    /// <param name="files">The files, with their names.</param>
    /// <param name="withheld">What must not occur.</param>
    /// <param name="profile">What was shared and withheld.</param>
    public static LeakReport Check(
        IReadOnlyList<PackFile> files, IReadOnlyList<Replacement> withheld, SharingProfile profile)
    {
        var skipped = new List<string>();
        var forms = new Dictionary<string, (Replacement Value, string Form, bool IsBounded, bool IsBinary)>(StringComparer.Ordinal);
        foreach (var value in withheld)
        {
            foreach (var one in FormsOf(value.Original))
                forms.TryAdd(one.Text, (value, one.Form, false, one.IsBinary));
            if (!IsTelling(value)) skipped.Add(value.Original);
            else
                foreach (var (text, form) in Texts(value.Original))
                    forms.TryAdd(text, (value, form, true, false));
        }

        var leaks = new List<Leak>();
        if (forms.Count > 0)
        {
            var matcher = new Matcher(forms);
            foreach (var file in files)
            {
                matcher.Search(Encoding.UTF8.GetBytes(file.Name), file, isBinary: false, leaks);
                if (file.Text is not null)
                    SearchViews(Encoding.UTF8.GetBytes(file.Text), file with { Text = null }, matcher, leaks);
                SearchViews(file.Bytes, file, matcher, leaks);
            }
        }

        if (profile.Payload != Treatment.Share)
            foreach (var file in files.Where(file => file.IsCapture))
                if (FramePrivacy.FirstWithPayload(file.Bytes) is { } frame)
                    leaks.Add(new Leak(
                        file.Name, Sensitivity.Payload, string.Create(CultureInfo.InvariantCulture, $"payload in frame {frame}"), ""));
        return new LeakReport(
            [.. leaks.DistinctBy(leak => (leak.File, leak.Sort, leak.Form, leak.Original))],
            [.. skipped.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    private static void SearchViews(byte[] bytes, PackFile file, Matcher matcher, List<Leak> leaks)
    {
        var views = new Queue<(byte[] Bytes, int Layer, bool IsDecoded)>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        views.Enqueue((bytes, 0, false));
        var count = 0;
        while (count++ < MostViews && views.TryDequeue(out var view))
        {
            // Four bytes of an address occur by chance in compressed data; in a capture and behind an encoding they mean something.
            matcher.Search(view.Bytes, file, file.IsCapture || view.IsDecoded, leaks);
            if (view.Layer == Layers) continue;
            // A document's text is searched by itself; what else it holds is compressed: fonts, and the way words are set.
            foreach (var inner in file.Text is null ? Decoded(view.Bytes) : Inflated(view.Bytes).Select(one => (Bytes: one, IsBinary: false)))
                if (inner.Bytes.Length >= ShortestText
                    && seen.Add(Convert.ToHexString(SHA256.HashData(inner.Bytes))))
                    views.Enqueue((inner.Bytes, view.Layer + 1, inner.IsBinary));
        }

        // What was not searched is not said to be clean.
        if (views.Count > 0) leaks.Add(new Leak(file.Name, Sensitivity.Text, "more encodings than are searched", ""));
    }

    /// <summary>What lies behind the encodings in it.</summary>
    private static IEnumerable<(byte[] Bytes, bool IsBinary)> Decoded(byte[] bytes)
    {
        // UTF-16, wherever in the file it begins: in most languages many of its bytes are 0.
        if (bytes.AsSpan().Contains((byte)0))
            foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode })
                for (var skip = 0; skip < 2; skip++)
                    yield return (Encoding.UTF8.GetBytes(encoding.GetString(bytes.AsSpan(skip, (bytes.Length - skip) & ~1))), false);
        foreach (var inflated in Inflated(bytes)) yield return (inflated, false);
        var text = Encoding.Latin1.GetString(bytes);
        if (text.Contains('%', StringComparison.Ordinal)) yield return (Encoding.Latin1.GetBytes(Percent(text)), false);
        if (text.Contains('\\', StringComparison.Ordinal)) yield return (Encoding.UTF8.GetBytes(Escapes(text)), false);
        if (text.Contains("&#", StringComparison.Ordinal)) yield return (Encoding.UTF8.GetBytes(WebUtility.HtmlDecode(text)), false);
        foreach (Match run in HexRuns().Matches(text))
        {
            var digits = run.Value.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
            for (var skip = 0; skip < 2 && digits.Length - skip >= 6; skip++)
                yield return (Convert.FromHexString(digits.AsSpan(skip, (digits.Length - skip) & ~1)), true);
        }

        foreach (Match run in Base64Runs().Matches(text))
        {
            var digits = run.Value.Replace('-', '+').Replace('_', '/');
            // Where a run begins within other letters, its groups of four are found by trying.
            for (var skip = 0; skip < 4 && digits.Length - skip >= 4; skip++)
            {
                var part = digits.AsSpan(skip);
                var rest = part.Length % 4;
                var padded = part.ToString() + (rest == 0 ? "" : rest == 1 ? "AAA" : new string('=', 4 - rest));
                var buffer = new byte[padded.Length];
                if (Convert.TryFromBase64String(padded, buffer, out var written) && written >= ShortestText)
                    yield return (buffer[..written], true);
            }
        }
    }

    private static IEnumerable<byte[]> Inflated(byte[] bytes)
    {
        for (var at = 0; at + 4 < bytes.Length; at++)
        {
            // gzip, and zlib as PDF has it.
            var isGzip = bytes[at] == 0x1F && bytes[at + 1] == 0x8B && bytes[at + 2] == 8;
            var isZlib = bytes[at] == 0x78 && ((bytes[at] << 8) | bytes[at + 1]) % 31 == 0;
            if (!isGzip && !isZlib) continue;
            if (Inflate(bytes, at, isGzip) is { Length: > 0 } inner) yield return inner;
        }
    }

    private static byte[]? Inflate(byte[] bytes, int at, bool isGzip)
    {
        using var source = new MemoryStream(bytes, at, bytes.Length - at);
        using Stream inflating = isGzip ? new GZipStream(source, CompressionMode.Decompress) : new ZLibStream(source, CompressionMode.Decompress);
        using var target = new MemoryStream();
        var buffer = new byte[8192];
        try
        {
            int read;
            while (target.Length < MostInflated && (read = inflating.Read(buffer)) > 0) target.Write(buffer, 0, read);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            // Not what it looked like, or the end of it is something else: what came out is looked at.
        }

        return target.Length > 0 ? target.ToArray() : null;
    }

    private static string Percent(string text) => PercentRuns().Replace(
        text, match => ((char)byte.Parse(match.ValueSpan[1..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());

    private static string Escapes(string text) => EscapeRuns().Replace(
        text, match => match.Length == 6
            ? ((char)ushort.Parse(match.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()
            : match.Value[1] switch { 'n' => "\n", 't' => "\t", 'r' => "\r", var other => other.ToString() });

    /// <summary>Hashes and identifiers of a value, and its bytes: each as it stands in a file.</summary>
    private static IEnumerable<(string Text, string Form, bool IsBinary)> FormsOf(string value)
    {
        var inputs = new HashSet<string>(StringComparer.Ordinal)
        {
            value, value.ToLowerInvariant(), value.ToUpperInvariant(), value + "\n", "\"" + value + "\"",
            CanonicalJson.Write(new System.Text.Json.Nodes.JsonObject { ["value"] = value }),
            JsonSerializer.Serialize(new { name = value }),
        };
        foreach (var input in inputs)
        {
            var bytes = Encoding.UTF8.GetBytes(input);
#pragma warning disable CA5350, CA5351 // Looked for, not relied on.
            (string Name, byte[] Hash)[] hashes =
            [
                ("MD5", MD5.HashData(bytes)), ("SHA-1", SHA1.HashData(bytes)), ("SHA-256", SHA256.HashData(bytes)),
                ("SHA-384", SHA384.HashData(bytes)), ("SHA-512", SHA512.HashData(bytes)),
            ];
#pragma warning restore CA5350, CA5351
            foreach (var (name, hash) in hashes)
            {
                yield return (Encoding.Latin1.GetString(hash), name, false);
                yield return (Convert.ToHexStringLower(hash), name, false);
                // Cut short, as identifiers often are.
                if (hash.Length > 16) yield return (Convert.ToHexStringLower(hash.AsSpan(0, 16)), name, false);
                yield return (new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString("D"), name + " as a UUID", false);
            }

            foreach (var space in Namespaces)
            {
                var uuid = StixIds.Uuid5(space, input);
                yield return (uuid.ToString("D"), "UUID", false);
                yield return (uuid.ToString("N"), "UUID", false);
            }
        }

        if (IPAddress.TryParse(value, out var address) && value.AsSpan().ContainsAny('.', ':'))
        {
            var bytes = address.GetAddressBytes();
            yield return (Encoding.Latin1.GetString(bytes), "bytes", true);
            yield return (Encoding.Latin1.GetString([.. bytes.Reverse()]), "bytes in reverse", true);
        }
        else if (Pseudonyms.TryLinkAddress(value, out var link))
        {
            yield return (Encoding.Latin1.GetString(link), "bytes", true);
        }
    }

    /// <summary>How a value is written.</summary>
    private static IEnumerable<(string Text, string Form)> Texts(string value)
    {
        foreach (var written in new[] { value, value.ToLowerInvariant(), value.ToUpperInvariant() })
        {
            yield return (Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(written)), "text");
            // In ISO 8859-1 where it is not the same.
            if (!Ascii.IsValid(written)) yield return (Encoding.Latin1.GetString(Encoding.Latin1.GetBytes(written)), "text");
        }

        if (IPAddress.TryParse(value, out var address) && value.AsSpan().ContainsAny('.', ':'))
        {
            var bytes = address.GetAddressBytes();
            if (bytes.Length != 4)
            {
                yield return (string.Join(':', Enumerable.Range(0, 8).Select(i =>
                    BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2 * i)).ToString("x4", CultureInfo.InvariantCulture))), "text");
                yield break;
            }

            yield return (value.Replace('.', '-'), "text with hyphens");
            yield return (value.Replace('.', '_'), "text with underscores");
            yield return (value.Replace(".", "[.]", StringComparison.Ordinal), "text with brackets");
            yield return (string.Join('.', bytes.Select(b => b.ToString("d3", CultureInfo.InvariantCulture))), "text with zeros");
            yield return (string.Join('.', bytes.Reverse()), "text in reverse");
            yield return (BinaryPrimitives.ReadUInt32BigEndian(bytes).ToString(CultureInfo.InvariantCulture), "number");
            yield return ("0x" + Convert.ToHexStringLower(bytes), "number");
        }
        else if (Pseudonyms.TryLinkAddress(value, out var link))
        {
            var hex = Convert.ToHexStringLower(link);
            yield return (hex, "text");
            yield return (string.Join('-', Enumerable.Range(0, 6).Select(i => hex.Substring(2 * i, 2))), "text");
            yield return (string.Join(':', Enumerable.Range(0, 6).Select(i => hex.Substring(2 * i, 2))), "text");
        }
    }

    private static readonly Guid[] Namespaces =
    [
        StixIds.ObservableNamespace, StixIds.ProjectNamespace,
        new("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), new("6ba7b811-9dad-11d1-80b4-00c04fd430c8"),
        new("6ba7b812-9dad-11d1-80b4-00c04fd430c8"), new("6ba7b814-9dad-11d1-80b4-00c04fd430c8"),
    ];

    /// <summary>Whether a value is telling where it occurs as text.</summary>
    private static bool IsTelling(Replacement value) =>
        value.Original.Length >= ShortestText && !Vocabulary.Value.Contains(value.Original.ToLowerInvariant())
        // Replaced by itself: a text of which nothing had to be replaced.
        && !string.Equals(value.Original, value.Instead, StringComparison.Ordinal);

    /// <summary>Words of the formats and the catalogue: they stand in every pack.</summary>
    private static HashSet<string> Words()
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in DeviationCatalogue.Kinds.SelectMany(kind => new[] { kind.Name, kind.Title })
            .Concat(Messages.Keys.SelectMany(key => new[] { Messages.Template(key), Messages.GermanTemplate(key) }))
            .Concat(DeviationCatalogue.German.Values.Select(words => words.Title))
            .Concat(AttackTechniques.All.SelectMany(one => one.Tactics.Append(one.Name)))
            .Append(StixExtensions.Schema("ot-exchange")).Append(StixExtensions.Schema("can-frame"))
            .Append("energy utilities automotive transportation identity organization system report note grouping file network "
                + "observed inferred reported operator sensor incident clear green amber red exercise otguard stix misp event"))
            foreach (Match word in WordRuns().Matches(text)) words.Add(word.Value.ToLowerInvariant());
        // Years and round numbers are in every time and every severity.
        for (var number = 0; number <= 100; number++) words.Add(number.ToString(CultureInfo.InvariantCulture));
        return words;
    }

    [GeneratedRegex(@"[\p{L}0-9]+(?:[-_][\p{L}0-9]+)*", RegexOptions.CultureInvariant)]
    private static partial Regex WordRuns();

    [GeneratedRegex("[0-9A-Fa-f](?:[ :]?[0-9A-Fa-f]){5,}", RegexOptions.CultureInvariant)]
    private static partial Regex HexRuns();

    [GeneratedRegex("[A-Za-z0-9+/_-]{4,}={0,2}", RegexOptions.CultureInvariant)]
    private static partial Regex Base64Runs();

    [GeneratedRegex("%[0-9A-Fa-f]{2}", RegexOptions.CultureInvariant)]
    private static partial Regex PercentRuns();

    [GeneratedRegex(@"\\(?:u[0-9A-Fa-f]{4}|[""\\/bfnrt])", RegexOptions.CultureInvariant)]
    private static partial Regex EscapeRuns();

    /// <summary>Looks for many forms at once.</summary>
    private sealed class Matcher
    {
        private readonly Dictionary<string, (Replacement Value, string Form, bool IsBounded, bool IsBinary)> _forms;
        private readonly ILookup<char, string> _byFirst;
        private readonly SearchValues<string> _all;

        public Matcher(Dictionary<string, (Replacement Value, string Form, bool IsBounded, bool IsBinary)> forms)
        {
            _forms = forms;
            _all = SearchValues.Create([.. forms.Keys], StringComparison.OrdinalIgnoreCase);
            _byFirst = forms.Keys.ToLookup(form => char.ToLowerInvariant(form[0]));
        }

        public void Search(byte[] bytes, PackFile file, bool isBinary, List<Leak> leaks)
        {
            var text = Encoding.Latin1.GetString(bytes);
            var shortest = ShortestIn(bytes);
            for (var from = 0; from < text.Length;)
            {
                var at = text.AsSpan(from).IndexOfAny(_all);
                if (at < 0) return;
                at += from;
                foreach (var form in _byFirst[char.ToLowerInvariant(text[at])])
                {
                    if (string.Compare(text, at, form, 0, form.Length, StringComparison.OrdinalIgnoreCase) != 0) continue;
                    var found = _forms[form];
                    if (form.Length < shortest && !found.IsBinary) continue;
                    if (found.IsBinary && (!isBinary || string.CompareOrdinal(text, at, form, 0, form.Length) != 0)) continue;
                    // 4711 is not in 14711, nor 10.0.0.1 in 10.0.0.12.
                    if (found.IsBounded && (IsPartOf(text, at - 1, form[0]) || IsPartOf(text, at + form.Length, form[^1]))) continue;
                    // Nor is 'line' in 'baseline', a word of the formats themselves.
                    if (found.IsBounded && IsInWord(text, at, form.Length)) continue;
                    leaks.Add(new Leak(file.Name, found.Value.Sort, found.Form, found.Value.Original));
                }

                from = at + 1;
            }
        }

        /// <summary>
        /// The shortest form that is looked for. In compressed data, keys and hashes any few letters occur by chance: at n
        /// places one of k letters, whatever their case, n/128^k times. Once in a million checks that is borne with.
        /// Bytes of an address are looked for by who asks for them.
        /// </summary>
        private static int ShortestIn(byte[] bytes)
        {
            const double borne = 1e-6;
            const double letters = 128;
            const int notText = 10;
            var strange = bytes.Count(one => one is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r') or >= 0x7F);
            return strange * notText < bytes.Length ? 0 : (int)Math.Ceiling(Math.Log(bytes.Length / borne) / Math.Log(letters));
        }

        /// <summary>Whether a match is a part of a longer word that stands in every pack.</summary>
        private static bool IsInWord(string text, int at, int length)
        {
            var (from, until) = (at, at + length);
            while (from > 0 && char.IsAsciiLetter(text[from - 1])) from--;
            while (until < text.Length && char.IsAsciiLetter(text[until])) until++;
            return until - from > length && until - from <= LongestWord
                && Vocabulary.Value.Contains(text[from..until].ToLowerInvariant());
        }

        /// <summary>Whether the letter beside a match belongs to the same word or number.</summary>
        private static bool IsPartOf(string text, int at, char edge) =>
            at >= 0 && at < text.Length && char.IsAsciiDigit(edge) && char.IsAsciiDigit(text[at]);
    }
}
