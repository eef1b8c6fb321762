namespace OtGuard.TestKit;

/// <summary>One place where a peer and OtGuard do not say the same.</summary>
/// <param name="Peer">Which peer.</param>
/// <param name="Capture">The capture, below its protocol's folder.</param>
/// <param name="Row">Frame number or transaction.</param>
/// <param name="Field">The peer's field, or <c>message</c> where one of the two has no such message.</param>
/// <param name="Ours">What OtGuard says.</param>
/// <param name="Theirs">What the peer says.</param>
internal sealed record Difference(
    string Peer, string Capture, string Row, string Field, string Ours, string Theirs)
{
    public override string ToString() => string.Join('\t', Peer, Capture, Row, Field, Ours, Theirs);
}

/// <summary>
/// The differences that are known, each with its reason and the specification's section in
/// <c>Peers/differences.tsv</c>: a test asserts exactly those of its capture, no more and no fewer.
/// </summary>
internal static class Differences
{
    private const int Columns = 8;

    private static readonly string[][] Rows =
    [
        .. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Peers", "differences.tsv"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Skip(1)
            .Select(line => line.Split('\t')),
    ];

    public static IEnumerable<Difference> Known(string peer, string capture) =>
        from row in Rows
        where row[0] == peer && row[1] == capture
        select new Difference(row[0], row[1], row[2], row[3], row[4], row[5]);

    public static IEnumerable<string[]> All => Rows;

    /// <summary>
    /// Asserts exactly the known ones; only of <paramref name="fields"/>, where another test has the others.
    /// </summary>
    public static void AssertKnown(string peer, string capture, List<Difference> found, params string[] fields)
    {
        var known = Known(peer, capture)
            .Where(difference => fields.Length == 0 || fields.Contains(difference.Field)).ToHashSet();
        var surprising = found.Where(difference => !known.Contains(difference)).ToArray();
        var gone = known.Except(found).ToArray();
        Assert.AreEqual(
            "",
            string.Join('\n', surprising.Take(20).Select(difference => "new: " + difference)
                .Concat(gone.Take(20).Select(difference => "gone: " + difference))),
            $"{surprising.Length} new differences, {gone.Length} known ones gone");
    }

    public static bool HasReason(string[] row) =>
        row.Length == Columns && row[6].Length > 0 && row[7].Length > 0;
}

[TestClass]
public sealed class DifferencesTests
{
    [TestMethod]
    public void Every_difference_has_a_reason_and_a_section()
    {
        foreach (var row in Differences.All)
            Assert.IsTrue(Differences.HasReason(row), string.Join('\t', row));
    }
}
