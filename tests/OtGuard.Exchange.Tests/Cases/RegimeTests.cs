using OtGuard.Exchange.Regimes;
using OtGuard.TestKit;

namespace OtGuard.Exchange.Tests.Cases;

[TestClass]
public sealed class RegimeTests
{
    [TestMethod]
    public void Shipped_regimes_name_their_source_and_when_it_was_read()
    {
        var shipped = RegimeCatalogue.Load(null);

        Assert.AreEqual(
            "enwg-5d kritis-dachg nccs-2024-1366 nis2-bsig", string.Join(' ', shipped.Regimes.Select(one => one.Id)));
        foreach (var regime in shipped.Regimes)
        {
            Assert.IsTrue(Uri.TryCreate(regime.Source, UriKind.Absolute, out _), regime.Source);
            Assert.IsGreaterThan(new DateOnly(2025, 1, 1), regime.Read);
            foreach (var field in shipped.FieldsOf(regime)) Assert.IsNotNull(field.Label.De, field.Id);
        }

        Assert.AreEqual("PT4H", shipped["nccs-2024-1366"].Stages.Single().Deadline);
    }

    [TestMethod]
    public void No_stage_asks_a_person_for_more_than_twelve_things()
    {
        var shipped = RegimeCatalogue.Load(null);
        foreach (var regime in shipped.Regimes)
            foreach (var stage in regime.Stages)
                Assert.IsLessThanOrEqualTo(
                    12, stage.Required.Count(id => shipped.Field(regime, id).Origin == FieldOrigin.Person),
                    $"{regime.Id} {stage.Id}");
    }

    [TestMethod]
    public void A_file_adds_a_regime_or_takes_the_place_of_a_shipped_one_without_a_build()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("own.json"), Regime("own", "\"awareAt\""));
        File.WriteAllText(folder.File("other.json"), Regime("nis2-bsig", "\"awareAt\""));

        var catalogue = RegimeCatalogue.Load(folder.Path);

        Assert.AreEqual("§ 1", catalogue["own"].Law.En);
        Assert.AreEqual("§ 1", catalogue["nis2-bsig"].Law.En);
        Assert.AreEqual("Vessel", catalogue.Field(catalogue["own"], "vessel").Label.En);
    }

    [TestMethod]
    public void All_faults_of_a_regime_are_told_at_once()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bad.json"), Regime("Bad Id", "\"nobody\"").Replace("PT24H", "24 hours", StringComparison.Ordinal));

        var fault = Assert.ThrowsExactly<ExchangeFormatException>(() => RegimeCatalogue.Load(folder.Path));

        Assert.Contains("bad.json: the id 'Bad Id'", fault.Message);
        Assert.Contains("starts with 'nobody'", fault.Message);
        Assert.Contains("'24 hours' is no duration", fault.Message);
        File.WriteAllText(
            folder.File("bad.json"),
            Regime("own", "\"awareAt\"").Replace("\"entity\"", "\"entity\", \"vessel\"", StringComparison.Ordinal));
        Assert.Contains(
            "names the field 'vessel' twice",
            Assert.ThrowsExactly<ExchangeFormatException>(() => RegimeCatalogue.Load(folder.Path)).Message);
    }

    [TestMethod]
    public void A_key_that_is_not_known_is_a_fault()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("bad.json"), Regime("own", "\"awareAt\"").Replace("\"law\"", "\"lawe\"", StringComparison.Ordinal));

        Assert.Contains("bad.json", Assert.ThrowsExactly<ExchangeFormatException>(() => RegimeCatalogue.Load(folder.Path)).Message);
    }

    private static string Regime(string id, string starts) =>
        $$"""
        {
          "id": "{{id}}", "title": { "en": "Own" }, "law": { "en": "§ 1" }, "source": "https://example.org/1", "read": "2026-01-01",
          "recipient": { "en": "Office" }, "languages": ["en"],
          "fields": [ { "id": "vessel", "label": { "en": "Vessel" } } ],
          "stages": [ { "id": "only", "title": { "en": "Only" }, "starts": {{starts}}, "deadline": "PT24H", "required": ["vessel", "entity"] } ]
        }
        """;
}
