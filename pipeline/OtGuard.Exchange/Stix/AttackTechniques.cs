using OtGuard.Models;

namespace OtGuard.Exchange.Stix;

/// <summary>A technique of MITRE ATT&amp;CK for ICS.</summary>
/// <param name="Id">Its id: <c>T0855</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Tactics">Its tactics, as phases of the kill chain <c>mitre-ics-attack</c>.</param>
/// <param name="StixId">MITRE's own identifier.</param>
public sealed record AttackTechnique(string Id, string Name, IReadOnlyList<string> Tactics, string StixId);

/// <summary>The techniques of the version of ATT&amp;CK for ICS that the catalogue of deviations is written by.</summary>
public static class AttackTechniques
{
    private static readonly Dictionary<string, AttackTechnique> ById = Read();

    /// <summary>The version.</summary>
    public static string Version => DeviationCatalogue.AttackVersion;

    /// <summary>All techniques.</summary>
    public static IEnumerable<AttackTechnique> All => ById.Values;

    /// <summary>The technique of that id, or null.</summary>
    public static AttackTechnique? Find(string id) => ById.GetValueOrDefault(id);

    private static Dictionary<string, AttackTechnique> Read()
    {
        var techniques = new Dictionary<string, AttackTechnique>(StringComparer.Ordinal);
        using var reader = new StreamReader(
            typeof(AttackTechniques).Assembly.GetManifestResourceStream("OtGuard.Exchange.Stix.attack-patterns.tsv")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#' || line.StartsWith("id\t", StringComparison.Ordinal)) continue;
            var cells = line.Split('\t');
            techniques[cells[0]] = new AttackTechnique(
                cells[0], cells[1], cells[2].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries), cells[3]);
        }

        return techniques;
    }
}
