using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using OtGuard.Exchange.Evidence;

namespace OtGuard.Exchange.Sharing;

/// <summary>A piece of what leaves.</summary>
/// <param name="Text">What leaves.</param>
/// <param name="Replaced">What it stands in place of; null where it is as it was.</param>
public sealed record TextPiece(string Text, Replacement? Replaced);

/// <summary>A file of a preview as a person reads it, with every replaced value told apart.</summary>
public static class MarkedText
{
    /// <summary>The pieces of a file in their order.</summary>
    /// <param name="file">The file; of a capture, its frames are written out in hexadecimal digits.</param>
    /// <param name="replacements">What was replaced.</param>
    public static IReadOnlyList<TextPiece> Of(PackFile file, IReadOnlyList<Replacement> replacements)
    {
        var text = file.Text ?? (file.IsCapture ? Frames(file) : Encoding.UTF8.GetString(file.Bytes));
        var instead = new Dictionary<string, Replacement>(StringComparer.OrdinalIgnoreCase);
        foreach (var one in replacements)
        {
            if (string.IsNullOrEmpty(one.Instead)) continue;
            instead.TryAdd(one.Instead, one);
            if (file.IsCapture && Digits(one.Instead) is { } digits) instead.TryAdd(digits, one);
        }

        if (instead.Count == 0) return [new TextPiece(text, null)];
        var pattern = new Regex(
            string.Join('|', instead.Keys.OrderByDescending(key => key.Length).Select(Regex.Escape)),
            RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, TimeSpan.FromSeconds(10));
        var pieces = new List<TextPiece>();
        var at = 0;
        foreach (Match match in pattern.Matches(text))
        {
            if (match.Index > at) pieces.Add(new TextPiece(text[at..match.Index], null));
            pieces.Add(new TextPiece(match.Value, instead[match.Value]));
            at = match.Index + match.Length;
        }

        if (at < text.Length) pieces.Add(new TextPiece(text[at..], null));
        return pieces;
    }

    /// <summary>
    /// The bytes of an address as a dump has them; null for what is none. Within a line of the dump they stay together,
    /// as frames are written in one line each.
    /// </summary>
    private static string? Digits(string instead) =>
        Pseudonyms.TryLinkAddress(instead, out var link) ? Spaced(link)
        : IPAddress.TryParse(instead, out var address) ? Spaced(address.GetAddressBytes())
        : null;

    private static string Frames(PackFile file)
    {
        var text = new StringBuilder();
        var number = 0;
        foreach (var frame in Pcapng.Read(file.Bytes))
            text.Append(CultureInfo.InvariantCulture, $"{++number,4}  {Spaced(frame.Data)}\n");
        return text.ToString();
    }

    private static string Spaced(byte[] bytes)
    {
        var text = new StringBuilder(bytes.Length * 3);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (i > 0) text.Append(' ');
            text.Append(CultureInfo.InvariantCulture, $"{bytes[i]:x2}");
        }

        return text.ToString();
    }
}
