using System.Globalization;
using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>A security event of AUTOSAR.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name in the specification.</param>
/// <param name="Source">The requirement that defines it.</param>
public sealed record SecurityEvent(int Id, string Name, string Source);

/// <summary>
/// Which AUTOSAR security events a deviation stands for, so that a bench's findings can be held against those of the
/// vehicle's own intrusion detection.
/// </summary>
/// <remarks>
/// AUTOSAR Adaptive Platform, Specification of Diagnostics R25-11 §7.5.1. The ids are a draft and manufacturers may map
/// them anew: they stand in a file, <c>Catalogue/autosar-events.tsv</c>, and another of the same form can take its place.
/// Immutable and thread-safe.
/// </remarks>
public sealed class SecurityEventMap
{
    private const int Columns = 5;

    private readonly Dictionary<string, List<(string Outcome, SecurityEvent Event)>> _events = new(StringComparer.Ordinal);

    private SecurityEventMap(IEnumerable<string> lines)
    {
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            var cells = line.Split('\t');
            if (cells.Length < Columns)
                throw new FormatException($"line {number}: {Columns} columns divided by tabs are expected (kind, outcome, id, name, source).");
            if (!DeviationCatalogue.Kinds.Any(kind => kind.Name == cells[0]))
                throw new FormatException($"line {number}: there is no kind of deviation '{cells[0]}'.");
            if (cells[1] is not ("done" or "refused" or "any"))
                throw new FormatException($"line {number}: the outcome is done, refused or any, and not '{cells[1]}'.");
            if (!int.TryParse(cells[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                throw new FormatException($"line {number}: '{cells[2]}' is no number of an event.");
            if (!_events.TryGetValue(cells[0], out var events)) _events.Add(cells[0], events = []);
            events.Add((cells[1], new SecurityEvent(id, cells[3], cells[4])));
        }
    }

    /// <summary>The map that ships with the product.</summary>
    public static SecurityEventMap Default { get; } = new(EmbeddedText.Lines("Catalogue.autosar-events.tsv"));

    /// <summary>Reads a map.</summary>
    /// <exception cref="FormatException">A line is not of the form, or names a kind that there is not.</exception>
    public static SecurityEventMap Read(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line) lines.Add(line);
        return new SecurityEventMap(lines);
    }

    /// <summary>The events a deviation stands for; most stand for none.</summary>
    public IReadOnlyList<SecurityEvent> Of(Finding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        if (!_events.TryGetValue(finding.Kind.Name, out var events)) return [];
        var outcome = finding.Outcome switch
        {
            Outcome.Succeeded => "done",
            Outcome.Rejected => "refused",
            Outcome.Unanswered or Outcome.Unsolicited or Outcome.Unpaired or Outcome.Undecodable or null => "",
        };
        return [.. events.Where(mapped => mapped.Outcome == "any" || mapped.Outcome == outcome).Select(mapped => mapped.Event)];
    }
}
