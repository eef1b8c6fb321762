using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace OtGuard.Exchange.Sharing;

/// <summary>A value that does not leave as it is.</summary>
/// <param name="Sort">What it is.</param>
/// <param name="Original">The value. Stays at home.</param>
/// <param name="Instead">What leaves in its place; null where nothing does.</param>
public sealed record Replacement(Sensitivity Sort, string Original, string? Instead);

/// <summary>
/// Replaces what a profile withholds, in values and in texts, and notes each replacement. Not thread-safe.
/// </summary>
/// <remarks>
/// Texts are searched for what is known (names, users, values gathered from the case and the operator's own list), and
/// for what has a form: addresses of IPv4, IPv6 and the link, vehicle identification numbers (ISO 3779).
/// </remarks>
internal sealed partial class Redactor
{
    /// <summary>What stands in a text where something was dropped.</summary>
    public const string Withheld = "[withheld]";

    private readonly SharingProfile _profile;
    private readonly Pseudonyms _pseudonyms;
    private readonly IReadOnlyList<IPNetwork> _own;
    private readonly Dictionary<(Sensitivity Sort, string Original), string?> _replaced = [];
    private readonly Dictionary<string, Sensitivity> _known = new(StringComparer.OrdinalIgnoreCase);
    private Regex? _knownPattern;

    public Redactor(SharingProfile profile, Pseudonyms pseudonyms, IReadOnlyList<string> ownNetworks)
    {
        (_profile, _pseudonyms) = (profile, pseudonyms);
        var own = new List<IPNetwork>();
        foreach (var network in ownNetworks)
            own.Add(IPNetwork.TryParse(network, out var parsed)
                ? parsed
                : throw new ExchangeFormatException($"operator.json: '{network}' in ownNetworks is no network such as 192.0.2.0/24."));
        _own = own;
    }

    /// <summary>Everything that was replaced, dropped, or would have been had it occurred; the longest first.</summary>
    public IReadOnlyList<Replacement> Replacements =>
    [
        .. _replaced.Select(pair => new Replacement(pair.Key.Sort, pair.Key.Original, pair.Value))
            .Concat(_known.Where(pair => !_replaced.ContainsKey((pair.Value, pair.Key)))
                .Select(pair => new Replacement(pair.Value, pair.Key, null)))
            .OrderByDescending(one => one.Original.Length).ThenBy(one => one.Original, StringComparer.Ordinal),
    ];

    /// <summary>Makes a value known, so that texts are searched for it.</summary>
    public void Learn(Sensitivity sort, string? value)
    {
        if (string.IsNullOrWhiteSpace(value) || value.Length < 2 || _profile[sort] == Treatment.Share) return;
        _known.TryAdd(value.Trim(), sort);
        _knownPattern = null;
    }

    /// <summary>Whether a sort leaves as it is.</summary>
    public bool Shares(Sensitivity sort) => _profile[sort] == Treatment.Share;

    /// <summary>A value as it leaves; null where it is dropped.</summary>
    public string? Value(Sensitivity sort, string value) => sort == Sensitivity.Address
        ? Address(value)
        : _profile[sort] switch
        {
            Treatment.Share => sort == Sensitivity.Neutral ? value : Text(value),
            Treatment.Pseudonym => Note(sort, value, _pseudonyms.Of(Word(sort), value)),
            Treatment.Drop => Note(sort, value, null),
        };

    /// <summary>A name of what leaves only as a keyed one, whatever the profile says.</summary>
    public string Keyed(string word, Sensitivity sort, string value) => Note(sort, value, _pseudonyms.Of(word, value))!;

    /// <summary>An address as it leaves; null where it is dropped.</summary>
    public string? Address(string address)
    {
        var sort = IsPublic(address) ? _profile.PublicAddress : _profile.Address;
        return sort switch
        {
            Treatment.Share => address,
            Treatment.Pseudonym => Note(Sensitivity.Address, address, _pseudonyms.OfAddress(address)),
            Treatment.Drop => Note(Sensitivity.Address, address, null),
        };
    }

    /// <summary>Whether an address is a public one that is not the operator's.</summary>
    public bool IsPublic(string address) => IPAddress.TryParse(address, out var ip) && IsPublic(ip);

    /// <summary>A text with what is withheld replaced in it.</summary>
    public string Text(string text)
    {
        text = Known().Replace(text, match => Value(_known[match.Value], match.Value) ?? Withheld);
        text = AddressPattern().Replace(text, match =>
        {
            var word = match.Value;
            // Times and hexadecimal numbers look alike; only what reads as an address is one.
            if (Pseudonyms.TryLinkAddress(word, out _) || (IPAddress.TryParse(word, out var ip)
                && (ip.AddressFamily == AddressFamily.InterNetwork ? word.Count(c => c == '.') == 3 : word.Count(c => c == ':') >= 2)))
                return IPAddress.TryParse(word, out var there) && Pseudonyms.IsPseudonym(there) && _replaced.ContainsValue(word)
                    ? word
                    : Address(word) ?? Withheld;
            return word;
        });
        return VehiclePattern().Replace(
            text, match => match.Value.Any(char.IsAsciiDigit) && match.Value.Any(char.IsAsciiLetterUpper)
                ? Value(Sensitivity.Vehicle, match.Value) ?? Withheld
                : match.Value);
    }

    private bool IsPublic(IPAddress ip)
    {
        if (ip.IsIPv4MappedToIPv6) ip = ip.MapToIPv4();
        if (_own.Any(network => network.Contains(ip)) || IPAddress.IsLoopback(ip)) return false;
        var bytes = ip.GetAddressBytes();
        return bytes.Length == 4
            ? bytes[0] is not (0 or 10 or 127) && bytes[0] < 224
                && !(bytes[0] == 172 && (bytes[1] & 0xF0) == 16) && !(bytes[0] == 192 && bytes[1] == 168)
                && !(bytes[0] == 169 && bytes[1] == 254) && !(bytes[0] == 100 && (bytes[1] & 0xC0) == 64)
            : (bytes[0] & 0xE0) == 0x20;
    }

    private string? Note(Sensitivity sort, string original, string? instead)
    {
        if (!_replaced.TryGetValue((sort, original), out var there))
        {
            if (instead is not null && _replaced.Any(pair => pair.Value == instead
                && !string.Equals(pair.Key.Original, original, StringComparison.OrdinalIgnoreCase)))
                throw new ExchangeException(
                    $"Two values of this case would leave under the one pseudonym {instead}; rotate the partner's key "
                    + "('otguard partners rotate').");
            _replaced.Add((sort, original), instead);
            return instead;
        }

        return there;
    }

    private Regex Known()
    {
        if (_knownPattern is not null) return _knownPattern;
        if (_known.Count == 0) return _knownPattern = NothingPattern();
        var pattern = new StringBuilder("(?<![A-Za-z0-9_])(?:");
        pattern.AppendJoin('|', _known.Keys.OrderByDescending(key => key.Length).Select(Regex.Escape));
        pattern.Append(")(?![A-Za-z0-9_])");
        return _knownPattern = new Regex(
            pattern.ToString(), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
            TimeSpan.FromSeconds(10));
    }

    private static string Word(Sensitivity sort) => sort switch
    {
        Sensitivity.Neutral => "value",
        Sensitivity.Address => "node",
        Sensitivity.Name => "name",
        Sensitivity.User => "user",
        Sensitivity.Vehicle => "vehicle",
        Sensitivity.Location => "place",
        Sensitivity.Value => "value",
        Sensitivity.Organisation => "operator",
        Sensitivity.Text => "text",
        Sensitivity.Payload => "payload",
    };

    [GeneratedRegex(@"(?<![0-9A-Za-z.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(?![0-9A-Za-z:])", RegexOptions.CultureInvariant)]
    private static partial Regex AddressPattern();

    [GeneratedRegex(@"(?<![0-9A-Za-z])[A-HJ-NPR-Z0-9]{17}(?![0-9A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex VehiclePattern();

    [GeneratedRegex("(?!)")]
    private static partial Regex NothingPattern();
}
