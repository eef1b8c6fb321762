using System.Text.RegularExpressions;
using OtGuard.Dashboard.Texts;
using OtGuard.TestKit;

namespace OtGuard.Dashboard.Tests.Pages;

/// <summary>What stands on the page stands there in both languages.</summary>
[TestClass]
public sealed partial class WordingTests
{
    [TestMethod]
    public void Every_text_of_a_page_has_a_German_one()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "dashboards", "OtGuard.Dashboard");
        var texts = Directory.EnumerateFiles(folder, "*.razor", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Texts().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Distinct().ToList();

        Assert.IsGreaterThan(200, texts.Count);
        var missing = texts.Where(text => !Wording.Keys.Contains(text)).ToList();
        Assert.IsEmpty(missing, string.Join('\n', missing));
    }

    [TestMethod]
    public void A_German_text_has_the_places_for_values_of_its_English_one()
    {
        var file = Path.Combine(SharedData.RepositoryRoot, "dashboards", "OtGuard.Dashboard", "Texts", "de.tsv");
        foreach (var line in File.ReadAllLines(file).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split('\t');
            Assert.HasCount(2, parts, line);
            CollectionAssert.AreEquivalent(Places(parts[0]), Places(parts[1]), line);
        }
    }

    private static string[] Places(string text) => [.. Places().Matches(text).Select(match => match.Value).Distinct()];

    [GeneratedRegex("""\bT\("((?:[^"\\]|\\.)*)"[,)]""")]
    private static partial Regex Texts();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Places();
}
