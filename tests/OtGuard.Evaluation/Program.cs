using System.Diagnostics;
using System.Globalization;
using OtGuard.Evaluation;

const int Done = 0;
const int WrongUsage = 2;

var clock = Stopwatch.StartNew();
switch (args)
{
    case ["attacks", var folder]:
        AttackTable.Write(folder, EvaluationRun.All(Console.Error));
        break;
    case ["captures", var folder]:
        CaptureTable.Write(folder, CaptureTable.Judge(LabelledCapture.All(), Console.Error));
        break;
    case ["false-alarms", var folder]:
        FalseAlarmTable.Write(folder, FalseAlarmPlan.Full, Console.Error);
        break;
    case ["false-alarms", var folder, var hours]
        when double.TryParse(hours, NumberStyles.Float, CultureInfo.InvariantCulture, out var driving) && driving > 0:
        FalseAlarmTable.Write(folder, FalseAlarmPlan.Full with { Driving = TimeSpan.FromHours(driving) }, Console.Error);
        break;
    case ["weakest", var folder]:
        WeakestTable.Write(folder, WeakestSearch.All(Console.Error));
        break;
    case ["curves", var folder]:
        DetectionCurves.Write(folder, DetectionCurves.All(Console.Error));
        break;
    case ["attack", "--seeds", var count, .. var names]
        when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var sets) && names.Length > 0:
        AttackTable.WriteRows(EvaluationRun.Of(names, sets, Console.Error), Console.Out);
        break;
    case ["attack", "--learnings", var count, .. var names]
        when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var learnings) && names.Length > 0:
        for (var learning = 0; learning < learnings; learning++)
            AttackTable.WriteRows(EvaluationRun.Of(names, 1, Console.Error, learning), Console.Out);
        break;
    case ["attack", .. var names] when names.Length > 0:
        AttackTable.WriteRows(EvaluationRun.Of(names, 1, Console.Error), Console.Out);
        break;
    default:
        Console.Error.WriteLine(
            """
            Usage: attacks FOLDER     every attack at three intensities and every look-alike: attacks.md and attacks.csv
                   captures FOLDER    every labelled capture, beside four simple detectors: captures.md and captures.csv
                   false-alarms FOLDER [HOURS]
                                      benign life against three budgets, with so many hours of driving (10): false-alarms.md
                   weakest FOLDER     the weakest strength at which each attack is found: weakest.md
                   curves FOLDER      how often each statistical attack is found, against its strength: curves.md and curves.svg
                   attack [--seeds N | --learnings N] NAME...
                                      some of them, or sites with nothing planted, to the terminal: with seeds of their
                                      own (N sets of them, 1, or each judged by N baselines), so that
                                      detectors can be built with it
            """);
        return WrongUsage;
}

Console.Error.WriteLine($"Done in {clock.Elapsed.TotalMinutes:0.0} min.");
return Done;
