using System.Globalization;
using System.Text;
using System.Xml;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>
/// A run as JUnit test results, so that a pipeline is gated by it: a test case for every kind of deviation that was
/// looked for, failed where there are alarms of that kind. What is told for information fails nothing and stands in the
/// case's output.
/// </summary>
/// <remarks>
/// The form that Jenkins' and GitLab's readers share (testsuites, testsuite, testcase, failure, system-out,
/// properties).
/// </remarks>
internal static class JunitReport
{
    public static void Write(
        JudgingRun run, IReadOnlyList<string> captures, Evaluation? evaluation, TextWriter output)
    {
        var cases = run.Detectors
            .SelectMany(detector => detector.Kinds.Select(kind => (Detector: detector.Name, Kind: kind)))
            .DistinctBy(one => one.Kind)
            .ToList();
        var byKind = run.Deviations.ToLookup(deviation => deviation.Kind.Name);
        var failures = cases.Count(one => byKind[one.Kind].Any(deviation => !deviation.IsInformation));
        var tests = cases.Count + (evaluation is null ? 0 : 1);
        var text = new StringBuilder();
        var settings = new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true };
        using (var xml = XmlWriter.Create(text, settings))
        {
            xml.WriteStartElement("testsuites");
            WriteCounts(xml, "otguard", tests, failures);
            xml.WriteStartElement("testsuite");
            WriteCounts(xml, string.Join(' ', captures.Select(Clean)), tests, failures);
            xml.WriteAttributeString("errors", "0");
            xml.WriteAttributeString("skipped", "0");
            WriteProperties(
                xml,
                [
                    ("frames", run.Run.Frames.ToString(CultureInfo.InvariantCulture)),
                    ("baseline", run.Baseline?.ContentHash ?? ""),
                ]);
            foreach (var (detector, kind) in cases) WriteCase(xml, detector, kind, byKind[kind].ToList(), run);
            if (evaluation is not null)
            {
                WriteCaseStart(xml, "labels", "evaluation");
                WriteProperties(xml, EvaluationFigures.Of(evaluation));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        output.WriteLine("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        output.WriteLine(text.ToString());
    }

    private static void WriteCase(XmlWriter xml, string detector, string name, List<Deviation> deviations, JudgingRun run)
    {
        var kind = DeviationCatalogue.Kind(name);
        WriteCaseStart(xml, detector, $"{kind.Row} {kind.Name}");
        var alarms = DeviationReport.Ranked(deviations).Where(deviation => !deviation.IsInformation).ToList();
        var information = deviations.Where(deviation => deviation.IsInformation).ToList();
        run.BeyondCapacity.TryGetValue(name, out var further);
        if (alarms.Count > 0)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("type", kind.Name);
            xml.WriteAttributeString(
                "message",
                Clean(alarms.Count == 1 ? Sentence(alarms[0]) : $"{kind.Title}: {alarms.Count} deviations"));
            xml.WriteString(Clean(Lines(alarms, further)));
            xml.WriteEndElement();
        }

        if (information.Count > 0)
            xml.WriteElementString("system-out", Clean(Lines(information, alarms.Count > 0 ? 0 : further)));
        xml.WriteEndElement();
    }

    private static string Lines(List<Deviation> deviations, long further)
    {
        var text = new StringBuilder();
        foreach (var deviation in deviations)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[{deviation.Finding.Severity}] {Sentence(deviation)}");
            text.Append(CultureInfo.InvariantCulture, $" First seen {deviation.FirstSeen} in frame {deviation.Frames.First}, ");
            text.Append(CultureInfo.InvariantCulture, $"{deviation.Frames.Count} frames in all. {deviation.Id}");
        }

        if (further > 0)
            text.Append(CultureInfo.InvariantCulture, $"\n{further} further findings of this kind are counted and not listed.");
        return text.Append('\n').ToString();
    }

    private static string Sentence(Deviation deviation) => Messages.Format(deviation.Finding.Message);

    private static void WriteCaseStart(XmlWriter xml, string detector, string name)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", $"otguard.{detector}");
        xml.WriteAttributeString("name", name);
        xml.WriteAttributeString("time", "0");
    }

    private static void WriteCounts(XmlWriter xml, string name, int tests, int failures)
    {
        xml.WriteAttributeString("name", name);
        xml.WriteAttributeString("tests", tests.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", failures.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteProperties(XmlWriter xml, IEnumerable<(string Name, string Value)> properties)
    {
        xml.WriteStartElement("properties");
        foreach (var (name, value) in properties)
        {
            xml.WriteStartElement("property");
            xml.WriteAttributeString("name", name);
            xml.WriteAttributeString("value", value);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    /// <summary>What XML 1.0 cannot hold, as names from the wire may, is shown as U+FFFD.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1])) clean.Append(text[at]).Append(text[++at]);
            else clean.Append(XmlConvert.IsXmlChar(text[at]) ? text[at] : '\uFFFD');
        }

        return clean.ToString();
    }
}
