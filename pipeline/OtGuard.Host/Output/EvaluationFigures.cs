using System.Globalization;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>
/// The figures of an evaluation by the names of the machine-readable contract; empty where there is none.
/// </summary>
internal static class EvaluationFigures
{
    public static IEnumerable<(string Name, string Value)> Of(Evaluation evaluation) =>
    [
        ("frames", Text(evaluation.Frames)),
        ("judged", Text(evaluation.Judged)),
        ("attackFrames", Text(evaluation.AttackFrames)),
        ("truePositives", Text(evaluation.TruePositives)),
        ("falsePositives", Text(evaluation.FalsePositives)),
        ("falseNegatives", Text(evaluation.FalseNegatives)),
        ("precision", Text(evaluation.Precision)),
        ("recall", Text(evaluation.Recall)),
        ("f1", Text(evaluation.F1)),
        ("rocAuc", Text(evaluation.RocAuc)),
        ("falseAlarmsPerHour", Text(evaluation.FalseAlarmsPerHour)),
        ("secondsToFirstDetection", Text(evaluation.SecondsToFirstDetection)),
        ("alerts", Text(evaluation.Alerts)),
    ];

    private static string Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
