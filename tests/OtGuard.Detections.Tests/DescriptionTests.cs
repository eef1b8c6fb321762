using OtGuard.Models;
using OtGuard.TestKit;

namespace OtGuard.Detections.Tests;

/// <summary>What detectors are described by: their documents, and the techniques of the catalogue.</summary>
[TestClass]
public sealed class DescriptionTests
{
    /// <summary>Raised by the service about itself, and no detector's: its own tests raise each of them.</summary>
    private static readonly string[] OfTheService =
        ["source-silent", "source-gone", "frames-lost", "clock-step", "visibility-falling"];

    [TestMethod]
    public void Each_detector_has_a_document_that_names_its_kinds()
    {
        foreach (var detector in DetectorRegistry.CreateAll(new DetectorOptions()))
        {
            var folder = detector.GetType().Namespace!["OtGuard.Detections.".Length..];
            var path = Path.Combine(SharedData.RepositoryRoot, "models", "OtGuard.Detections", folder, "detector.md");
            Assert.IsTrue(File.Exists(path), $"{path} is missing.");
            var text = File.ReadAllText(path);
            foreach (var kind in detector.Kinds) Assert.Contains(kind, text, $"{path} does not name {kind}.");
        }
    }

    [TestMethod]
    public void Each_kind_of_the_catalogue_is_raised_by_a_detector_and_each_kind_once_in_it()
    {
        var raised = DetectorRegistry.CreateAll(new DetectorOptions()).SelectMany(detector => detector.Kinds).ToHashSet();
        var unraised = DeviationCatalogue.Kinds.Select(kind => kind.Name).Where(kind => !raised.Contains(kind)).ToList();

        CollectionAssert.AreEquivalent(OfTheService, unraised, string.Join(", ", unraised));
    }

    [TestMethod]
    public void Each_technique_is_a_current_one_of_the_version_the_catalogue_states()
    {
        var lines = File.ReadAllLines(SharedData.PathOf("escalation/attack-ics-techniques.tsv"));
        Assert.Contains($"ATT&CK for ICS {DeviationCatalogue.AttackVersion},", lines[0]);
        var current = lines.Skip(2)
            .Select(line => line.Split('\t'))
            .Where(cells => cells[4] == "current")
            .Select(cells => cells[0])
            .ToHashSet();

        foreach (var kind in DeviationCatalogue.Kinds)
            foreach (var technique in kind.Techniques)
                Assert.Contains(technique, current, $"{kind.Name} names {technique}.");
    }
}
