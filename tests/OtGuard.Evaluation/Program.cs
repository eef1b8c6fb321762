using System.Diagnostics;
using OtGuard.Evaluation;

const int Done = 0;
const int WrongUsage = 2;

var clock = Stopwatch.StartNew();
switch (args)
{
    case ["attacks", var folder]:
        AttackTable.Write(folder, EvaluationRun.All(Console.Error));
        break;
    case ["try", .. var names]:
        TryProbe.Run(names, Console.Out);
        break;
    case ["road", var folder]:
        RoadProbe.Run(folder, Console.Out);
        break;
    case ["weakest", var folder]:
        WeakestTable.Write(folder, WeakestSearch.All(Console.Error));
        break;
    case ["attack", .. var names] when names.Length > 0:
        AttackTable.WriteRows(EvaluationRun.Of(names, Console.Error), Console.Out);
        break;
    default:
        Console.Error.WriteLine(
            """
            Usage: attacks FOLDER     every attack at three intensities and every look-alike: attacks.md and attacks.csv
                   weakest FOLDER     the weakest strength at which each attack is found: weakest.md
                   attack NAME...     some of them, to the terminal
            """);
        return WrongUsage;
}

Console.Error.WriteLine($"Done in {clock.Elapsed.TotalMinutes:0.0} min.");
return Done;
