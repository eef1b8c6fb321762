using System.Globalization;
using System.Text.RegularExpressions;
using OtGuard.Alerting;
using OtGuard.Dashboard.Texts;
using OtGuard.Models;
using OtGuard.Replay;
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

    [TestMethod]
    public void Every_kind_has_a_German_title_and_says_in_German_what_to_check()
    {
        foreach (var kind in DeviationCatalogue.Kinds)
        {
            Assert.IsTrue(DeviationCatalogue.German.TryGetValue(kind.Name, out var words), kind.Name);
            Assert.IsGreaterThan(3, words.Title.Length, kind.Name);
            Assert.IsGreaterThan(20, words.WhatToCheck.Length, kind.Name);
            Assert.AreNotEqual(kind.WhatToCheck, words.WhatToCheck, kind.Name);
        }

        Assert.Contains(Alert.StormKind, DeviationCatalogue.German.Keys);
    }

    [TestMethod]
    public void Every_sentence_of_a_deviation_has_a_German_one_with_the_same_arguments()
    {
        foreach (var key in Messages.Keys)
        {
            CollectionAssert.AreEquivalent(
                Arguments(Messages.Template(key)), Arguments(Messages.GermanTemplate(key)), key);
        }

        static string[] Arguments(string text) => [.. Argument().Matches(text).Select(match => match.Value).Distinct()];
    }

    [TestMethod]
    public void Every_reason_of_a_severity_that_has_no_values_in_it_has_a_German_one()
    {
        var folder = Path.Combine(SharedData.RepositoryRoot, "models", "OtGuard.Detections");
        var reasons = Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Reasons().Matches(File.ReadAllText(file)))
            .Select(match => string.Concat(match.Groups["part"].Captures.Select(part => part.Value)))
            .Where(reason => reason.Contains(' ', StringComparison.Ordinal)).Distinct().ToList();

        Assert.IsGreaterThan(40, reasons.Count);
        var missing = reasons.Where(reason => !Wording.Keys.Contains(reason)).ToList();
        Assert.IsEmpty(missing, string.Join('\n', missing));
    }

    [TestMethod]
    public void A_stored_sentence_is_said_in_German_and_stays_as_it_was_where_an_argument_is_missing()
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("de");
        try
        {
            var whole = SampleDeviations.Of("unit-sweep", "10.0.0.66 → 10.0.0.9", TimeSpan.Zero) with
            {
                MessageKey = "unit-sweep",
                Arguments = new Dictionary<string, string>
                {
                    ["client"] = "10.0.0.66",
                    ["count"] = "12",
                    ["server"] = "10.0.0.9",
                    ["span"] = "3 s",
                    ["first"] = "1",
                    ["last"] = "12",
                },
            };
            var torn = whole with { Arguments = new Dictionary<string, string> { ["client"] = "10.0.0.66" } };

            Assert.AreEqual(
                "10.0.0.66 probierte 12 Units von 10.0.0.9 der Reihe nach in 3 s, von 1 bis 12.", AlertWording.SentenceOf(whole));
            Assert.AreEqual(torn.Explanation, AlertWording.SentenceOf(torn));
            Assert.AreEqual("+10: es schreibt", AlertWording.ReasonOf("+10: it writes"));
            Assert.AreEqual("55 für diese Art von Abweichung", AlertWording.ReasonOf("55 for this kind of deviation"));
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    private static string[] Places(string text) => [.. Places().Matches(text).Select(match => match.Value).Distinct()];

    [GeneratedRegex("""\bT\("((?:[^"\\]|\\.)*)"[,)]""")]
    private static partial Regex Texts();

    /// <summary>The text of <c>.Add(…, "reason")</c> and <c>.Inform(…, "reason")</c>, put together of its parts.</summary>
    [GeneratedRegex(
        """\.(?:Add|Inform)\((?:[^"();$]|\([^"();$]*\))*"(?<part>(?:[^"\\]|\\.)*)"(?:\s*\+\s*"(?<part>(?:[^"\\]|\\.)*)")*\)""")]
    private static partial Regex Reasons();

    [GeneratedRegex(@"\{[a-z]+\}")]
    private static partial Regex Argument();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Places();
}
