using OtGuard.Collectors;

namespace OtGuard.Models.Tests.Catalogue;

[TestClass]
public sealed class SecurityEventMapTests
{
    [TestMethod]
    [DataRow("security-access-denied", Outcome.Rejected, 100)]
    [DataRow("security-access-guessing", Outcome.Rejected, 103)]
    [DataRow("ecu-reset", Outcome.Succeeded, 120)]
    [DataRow("ecu-reset", Outcome.Rejected, 121)]
    [DataRow("doip-activation-refused", Outcome.Rejected, 128)]
    public void Kind_and_outcome_name_the_event(string kind, Outcome outcome, int id) =>
        Assert.AreEqual(id, SecurityEventMap.Default.Of(Finding(kind, outcome)).Single().Id);

    [TestMethod]
    [DataRow("ecu-reset", Outcome.Unanswered, DisplayName = "a request nobody answered is neither of the two events")]
    [DataRow("new-asset", Outcome.Succeeded, DisplayName = "what AUTOSAR has no event for")]
    public void Others_stand_for_no_event(string kind, Outcome outcome) =>
        Assert.IsEmpty(SecurityEventMap.Default.Of(Finding(kind, outcome)));

    [TestMethod]
    public void Other_map_takes_the_place_of_the_specification()
    {
        var map = SecurityEventMap.Read(new StringReader("# ours\necu-reset\tany\t4711\tOURS_RESET\tproject\n"));

        Assert.AreEqual(4711, map.Of(Finding("ecu-reset", Outcome.Rejected)).Single().Id);
        Assert.IsEmpty(map.Of(Finding("security-access-denied", Outcome.Rejected)));
    }

    [TestMethod]
    [DataRow("ecu-reset\tany\t1", "line 1: 5 columns")]
    [DataRow("#\necu-rest\tany\t1\tA\tB", "line 2: there is no kind of deviation 'ecu-rest'")]
    [DataRow("ecu-reset\tmaybe\t1\tA\tB", "the outcome is done, refused or any")]
    [DataRow("ecu-reset\tany\tone\tA\tB", "'one' is no number")]
    public void Line_that_is_wrong_is_named(string text, string fault)
    {
        var thrown = Assert.ThrowsExactly<FormatException>(() => SecurityEventMap.Read(new StringReader(text)));

        Assert.Contains(fault, thrown.Message);
    }

    private static Finding Finding(string kind, Outcome outcome) => new()
    {
        Kind = DeviationCatalogue.Kind(kind),
        Subject = "a → b",
        Expected = "",
        Observed = "",
        Message = new Message(kind),
        Severity = 50,
        SeverityReasons = [],
        Outcome = outcome,
    };
}
