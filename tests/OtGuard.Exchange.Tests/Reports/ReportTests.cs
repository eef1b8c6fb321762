using System.Text;
using OtGuard.Exchange.Reports;
using OtGuard.Exchange.Sharing;
using OtGuard.Exchange.Tests.Peers;
using OtGuard.Exchange.Tests.Stix;
using OtGuard.Models;
using OtGuard.TestKit;

namespace OtGuard.Exchange.Tests.Reports;

[TestClass]
public sealed class ReportTests
{
    public required TestContext TestContext { get; init; }

    [TestMethod]
    [DataRow("modbus")]
    [DataRow("opcua")]
    [DataRow("can")]
    public async Task What_stands_in_a_report_is_readable_in_its_PDF_in_both_languages(string protocol)
    {
        await using var fixture = new CaseFixture();
        using var folder = new TemporaryFolder();
        await fixture.OpenCaseAsync(protocol);
        var version = await fixture.Desk.SetAsync(
            "1",
            new Dictionary<string, string>
            {
                ["suspectedMalicious"] = "yes",
                ["serviceImpact"] = "degraded",
                ["assessment"] = string.Join(' ', Enumerable.Repeat("Größere Störung im Übergabefeld, Weiß bleibt weiß.", 60)),
            },
            CaseFixture.Anna, 80, TestContext.CancellationToken);
        var shared = StixBundleTests.Disclose(fixture, version, "local", Tlp.AmberStrict).Shared;
        foreach (var (language, words) in new[]
        {
            (Language.En, new[] { "Suspected unlawful or malicious act", "yes", "degraded", "Course of events", "No attribution is made" }),
            (Language.De, new[] { "böswillige Handlung", "ja", "eingeschränkt", "Verlauf", "Kompromittierungsindikatoren",
                "Eine Zuschreibung wird nicht vorgenommen" }),
        })
        {
            var report = ReportDocument.Make(shared, language);
            var path = folder.File($"{language}.pdf");
            await File.WriteAllBytesAsync(path, PdfReport.Render(report), TestContext.CancellationToken);

            var text = Flat(Tool.Run("pdftotext", ["-raw", path, "-"]).Output);

            foreach (var word in words) Assert.Contains(Flat(word), text);
            Assert.Contains("Größere Störung im Übergabefeld", text);
            var pages = text.Split('\f').Count(page => page.Trim().Length > 0);
            Assert.IsGreaterThan(1, pages);
            Assert.AreEqual(pages, text.Split("TLP:AMBER+STRICT").Length - 1, "The level stands on every page.");
            // Nothing is drawn over the edge, cut off or missing: every word of the report is in the document.
            var raw = new HashSet<string>(text.Split(' ', '\f'));
            foreach (var word in Flat(report.Text.Replace('|', ' ').Replace('(', ' ').Replace(')', ' ')).Split(' '))
                if (word.Length is > 2 and < 20 && word.All(char.IsLetter))
                    Assert.IsTrue(raw.Any(one => one.Contains(word, StringComparison.Ordinal)), word);
        }
    }

    [TestMethod]
    public async Task The_same_report_is_the_same_bytes()
    {
        await using var fixture = new CaseFixture();
        var shared = StixBundleTests.Disclose(fixture, await fixture.OpenCaseAsync(), "local", Tlp.Amber).Shared;

        var first = PdfReport.Render(ReportDocument.Make(shared, Language.De));
        fixture.Clock.Advance(TimeSpan.FromDays(1));
        var again = PdfReport.Render(ReportDocument.Make(shared, Language.De));

        CollectionAssert.AreEqual(first, again);
    }

    [TestMethod]
    public async Task Fonts_are_embedded()
    {
        await using var fixture = new CaseFixture();
        using var folder = new TemporaryFolder();
        var shared = StixBundleTests.Disclose(fixture, await fixture.OpenCaseAsync(), "local", Tlp.Amber).Shared;
        await File.WriteAllBytesAsync(
            folder.File("a.pdf"), PdfReport.Render(ReportDocument.Make(shared, Language.En)), TestContext.CancellationToken);

        var fonts = Tool.Run("pdffonts", [folder.File("a.pdf")]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2).ToList();

        Assert.IsNotEmpty(fonts);
        foreach (var font in fonts) Assert.MatchesRegex(@"DejaVu.* yes (yes|no ) ", font);
    }

    [TestMethod]
    public void Every_kind_of_deviation_has_German_words()
    {
        var words = DeviationCatalogue.German.Keys.ToHashSet();

        Assert.IsEmpty(DeviationCatalogue.Kinds.Where(kind => !words.Contains(kind.Name)).Select(kind => kind.Name).ToArray());
    }

    [TestMethod]
    public async Task The_report_for_machines_keeps_observed_inferred_and_reported_apart_with_source_and_confidence()
    {
        await using var fixture = new CaseFixture();
        await fixture.OpenCaseAsync();
        var version = await fixture.Desk.SetAsync(
            "1", new Dictionary<string, string> { ["suspectedMalicious"] = "yes" }, CaseFixture.Anna, 60, TestContext.CancellationToken);

        var json = ReportDocument.Json(StixBundleTests.Disclose(fixture, version, "local", Tlp.Amber).Shared);

        var fields = json["fields"]!.AsArray().ToDictionary(one => one!["id"]!.GetValue<string>(), one => one!);
        Assert.AreEqual("reported", fields["suspectedMalicious"]["standing"]!.GetValue<string>());
        Assert.AreEqual(60, fields["suspectedMalicious"]["confidence"]!.GetValue<int>());
        Assert.AreEqual("operator", fields["suspectedMalicious"]["source"]!.GetValue<string>(), "Who it was stays at home.");
        Assert.AreEqual("observed", fields["occurredAt"]["standing"]!.GetValue<string>());
        Assert.AreEqual("inferred", fields["techniques"]["standing"]!.GetValue<string>());
        Assert.IsFalse(fields.ContainsKey("attribution"));
        Assert.HasCount(3, json["observations"]!.AsArray());
        Assert.DoesNotContain("anna", Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(json.ToJsonString())));
    }

    private static string Flat(string text) =>
        string.Join(' ', text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
}
