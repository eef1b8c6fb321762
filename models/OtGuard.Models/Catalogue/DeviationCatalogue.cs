using System.Globalization;

namespace OtGuard.Models;

/// <summary>What a kind of deviation rests on.</summary>
public enum DetectionBasis : byte
{
    /// <summary>A rule or the specification: works without learning.</summary>
    Rule,

    /// <summary>A learned set.</summary>
    Learned,

    /// <summary>A statistical baseline.</summary>
    Statistical,

    /// <summary>A declared policy or model of the site.</summary>
    Policy,
}

/// <summary>A kind of deviation: one line of <c>Catalogue/catalogue.tsv</c>.</summary>
/// <param name="Name">Kebab-case name, the <c>kind</c> of the machine-readable contract.</param>
/// <param name="Row">The catalogue's row: <c>B1</c>.</param>
/// <param name="Basis">What it rests on.</param>
/// <param name="Severity">Severity 0–100 before anything of the case at hand is known.</param>
/// <param name="Techniques">MITRE ATT&amp;CK for ICS ids of version <see cref="DeviationCatalogue.AttackVersion"/>.</param>
/// <param name="Title">A few words for a table.</param>
/// <param name="WhatToCheck">One or two sentences: what a control-room engineer checks first.</param>
public sealed record DeviationKind(
    string Name,
    string Row,
    DetectionBasis Basis,
    int Severity,
    IReadOnlyList<string> Techniques,
    string Title,
    string WhatToCheck);

/// <summary>What is said of a kind in another language.</summary>
/// <param name="Title">A few words for a table.</param>
/// <param name="WhatToCheck">What a control-room engineer checks first; an empty text where that is said elsewhere.</param>
public sealed record KindWords(string Title, string WhatToCheck);

/// <summary>Every kind of deviation OtGuard raises, read once from the data file that ships with it.</summary>
public static class DeviationCatalogue
{
    private static readonly Dictionary<string, DeviationKind> ByName;

    static DeviationCatalogue()
    {
        var kinds = new List<DeviationKind>();
        var version = "";
        foreach (var line in EmbeddedText.Lines("Catalogue.catalogue.tsv"))
        {
            if (line.StartsWith("# attack-version\t", StringComparison.Ordinal)) version = line.Split('\t')[1];
            if (line.Length == 0 || line[0] == '#') continue;
            var cells = line.Split('\t');
            kinds.Add(new DeviationKind(
                cells[1],
                cells[0],
                Enum.Parse<DetectionBasis>(cells[2]),
                int.Parse(cells[3], CultureInfo.InvariantCulture),
                cells[4].Split(' ', StringSplitOptions.RemoveEmptyEntries),
                cells[5],
                cells[6]));
        }

        AttackVersion = version;
        Kinds = kinds;
        ByName = kinds.ToDictionary(kind => kind.Name, StringComparer.Ordinal);
        German = EmbeddedText.Lines("Catalogue.catalogue.de.tsv")
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t'))
            .ToDictionary(cells => cells[0], cells => new KindWords(cells[1], cells[2]), StringComparer.Ordinal);
    }

    /// <summary>The version of ATT&amp;CK for ICS the techniques are taken from.</summary>
    public static string AttackVersion { get; }

    /// <summary>All kinds in the order of the file.</summary>
    public static IReadOnlyList<DeviationKind> Kinds { get; }

    /// <summary>What is said of the kinds in German, by their names; of an alert that stands for a storm of them too.</summary>
    public static IReadOnlyDictionary<string, KindWords> German { get; }

    /// <summary>The kind of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none: a detector names a kind that the file lacks.</exception>
    public static DeviationKind Kind(string name) => ByName[name];
}
