using System.Globalization;
using System.Xml;

namespace OtGuard.Exchange.Regimes;

/// <summary>The reporting regimes: those that ship, and those a liaison put beside them or in their place.</summary>
public sealed class RegimeCatalogue
{
    private const string Shipped = "OtGuard.Exchange.Regimes.Data.";

    private readonly Dictionary<string, ReportingRegime> _regimes;

    private RegimeCatalogue(IReadOnlyList<WorksheetField> fields, Dictionary<string, ReportingRegime> regimes) =>
        (Fields, _regimes) = (fields, regimes);

    /// <summary>Fields all regimes share.</summary>
    public IReadOnlyList<WorksheetField> Fields { get; }

    /// <summary>The regimes by id.</summary>
    public IEnumerable<ReportingRegime> Regimes => _regimes.Values.OrderBy(regime => regime.Id, StringComparer.Ordinal);

    /// <summary>The regime of that id.</summary>
    /// <exception cref="ExchangeException">There is none; the message lists those there are.</exception>
    public ReportingRegime this[string id] => _regimes.TryGetValue(id, out var regime)
        ? regime
        : throw new ExchangeException(
            $"There is no regime '{id}'; there are {string.Join(", ", _regimes.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>Reads the shipped regimes and those of a folder.</summary>
    /// <param name="folder">Files <c>*.json</c>; null, or a folder that is not there, for the shipped ones alone.</param>
    /// <exception cref="ExchangeFormatException">A file has faults; the message tells all of them.</exception>
    public static RegimeCatalogue Load(string? folder)
    {
        var fields = ExchangeJson.Parse<WorksheetField[]>(Resource(Shipped + "fields.json"), "fields.json");
        var regimes = new Dictionary<string, ReportingRegime>(StringComparer.Ordinal);
        foreach (var name in typeof(RegimeCatalogue).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Shipped, StringComparison.Ordinal)
                && !name.EndsWith("fields.json", StringComparison.Ordinal)))
            Add(ExchangeJson.Parse<ReportingRegime>(Resource(name), name[Shipped.Length..]), name[Shipped.Length..]);
        if (folder is not null && Directory.Exists(folder))
            foreach (var path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
                Add(ExchangeJson.ReadFile<ReportingRegime>(path), Path.GetFileName(path));
        return new RegimeCatalogue(fields, regimes);

        void Add(ReportingRegime regime, string file)
        {
            var faults = Faults(regime, fields).ToList();
            if (faults.Count > 0)
                throw new ExchangeFormatException(
                    string.Join(Environment.NewLine, faults.Select(fault => $"{file}: {fault}")));
            regimes[regime.Id] = regime;
        }
    }

    /// <summary>The field of that id in a regime.</summary>
    /// <exception cref="ExchangeException">There is none.</exception>
    public WorksheetField Field(ReportingRegime regime, string id) =>
        regime.Fields.Concat(Fields).FirstOrDefault(field => field.Id == id)
        ?? throw new ExchangeException($"There is no field '{id}'; 'otguard cases show' lists those there are.");

    /// <summary>Every field of a regime's stages, each once, in the order of the stages.</summary>
    public IEnumerable<WorksheetField> FieldsOf(ReportingRegime regime) =>
        regime.Stages.SelectMany(stage => stage.Fields).Distinct(StringComparer.Ordinal).Select(id => Field(regime, id));

    /// <summary>A moment and a duration of ISO 8601 after it; months by the calendar.</summary>
    /// <exception cref="FormatException">It is no duration.</exception>
    public static DateTimeOffset After(DateTimeOffset start, string duration)
    {
        // XmlConvert takes a month for thirty days; the law's month ends on the same day of the next one.
        var time = duration.IndexOf('T', StringComparison.Ordinal);
        var date = time < 0 ? duration : duration[..time];
        var month = date.IndexOf('M', StringComparison.Ordinal);
        if (month < 0) return start + XmlConvert.ToTimeSpan(duration);
        var months = int.Parse(date.AsSpan(1, month - 1), NumberStyles.None, CultureInfo.InvariantCulture);
        var rest = "P" + duration[(month + 1)..];
        return start.AddMonths(months) + (rest == "P" ? TimeSpan.Zero : XmlConvert.ToTimeSpan(rest));
    }

    private static IEnumerable<string> Faults(ReportingRegime regime, IReadOnlyList<WorksheetField> shared)
    {
        var known = shared.Concat(regime.Fields).ToDictionary(field => field.Id, StringComparer.Ordinal);
        if (regime.Id.Length is < 2 or > 40 || !regime.Id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            yield return $"the id '{regime.Id}' is not of 2 to 40 small letters, digits and hyphens.";
        if (regime.Languages.Count == 0) yield return "'languages' names none.";
        if (regime.Stages.Count == 0) yield return "'stages' has none.";
        foreach (var field in regime.Fields)
            if (field.Kind == FieldKind.Choice && field.Choices is not { Count: > 0 })
                yield return $"field {field.Id} is a choice without choices.";
        foreach (var twice in regime.Stages.GroupBy(stage => stage.Id, StringComparer.Ordinal).Where(g => g.Count() > 1))
            yield return $"stage {twice.Key} is there twice.";
        foreach (var stage in regime.Stages)
        {
            foreach (var twice in stage.Fields.GroupBy(id => id, StringComparer.Ordinal).Where(g => g.Count() > 1))
                yield return $"stage {stage.Id} names the field '{twice.Key}' twice.";
            foreach (var id in stage.Fields)
                if (!known.ContainsKey(id))
                    yield return $"stage {stage.Id} names the field '{id}', which neither the regime nor all regimes have.";
            if (stage.Starts.StartsWith("stage:", StringComparison.Ordinal)
                ? regime.Stages.All(other => other.Id != stage.Starts["stage:".Length..])
                : !known.TryGetValue(stage.Starts, out var start) || start.Kind != FieldKind.Moment)
                yield return $"stage {stage.Id} starts with '{stage.Starts}', which is no field that holds a moment and no stage.";
            foreach (var duration in new[] { stage.Deadline, stage.AfterClosure })
                if (duration is not null && !IsDuration(duration))
                    yield return $"stage {stage.Id}: '{duration}' is no duration such as PT24H or P1M.";
        }
    }

    private static bool IsDuration(string text)
    {
        try
        {
            return text.Length > 1 && text[0] == 'P' && After(DateTimeOffset.UnixEpoch, text) > DateTimeOffset.UnixEpoch;
        }
        catch (Exception fault) when (fault is FormatException or OverflowException or ArgumentException)
        {
            return false;
        }
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(RegimeCatalogue).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
