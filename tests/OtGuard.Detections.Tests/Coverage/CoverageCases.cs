namespace OtGuard.Detections.Tests.Coverage;

/// <summary>All cases. A new detector adds its own, and the table and the tests follow.</summary>
internal static class CoverageCases
{
    /// <summary>The cases in the order of the catalogue's rows.</summary>
    public static IReadOnlyList<CoverageCase> All { get; } =
        [.. ((IEnumerable<CoverageCase>)
            [
                .. LearnedCases.All,
                .. RuleCases.All,
                .. SessionCases.All,
                .. BusCases.All,
                .. DiagnosticCases.All,
                .. NodeCases.All,
                .. RhythmCases.All,
                .. SignalCases.All,
                .. PolicyCases.All,
            ]).OrderBy(acted => CoverageTable.Order(acted.Row))];

    /// <summary>As MSTest takes them: the index and a name to show.</summary>
    public static IEnumerable<object[]> Indexes => All.Select((acted, index) => new object[] { index, acted.ToString() });
}
