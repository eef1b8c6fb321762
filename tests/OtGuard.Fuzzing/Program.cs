using System.Diagnostics;
using System.Globalization;
using OtGuard.Fuzzing;
using SharpFuzz;

const int Done = 0;
const int Found = 1;
const int WrongUsage = 2;

switch (args)
{
    case ["list"]:
        foreach (var target in FuzzTargets.All) Console.WriteLine(target.Name);
        return Done;
    case ["run", var name] when FuzzTargets.Find(name) is { } target:
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            target.Run(input.GetBuffer().AsSpan(0, (int)input.Length));
        });
        return Done;
    case ["seeds", var name, var folder] when FuzzTargets.Find(name) is { } target:
        Directory.CreateDirectory(folder);
        foreach (var (index, seed) in target.Seeds.Index()) File.WriteAllBytes(Path.Combine(folder, $"seed-{index}"), seed);
        return Done;
    case ["smoke", var name, var amount, .. var rest] when rest.Length <= 1 && FuzzTargets.Find(name) is { } target:
        return RunSmoke(target, amount, rest.Length == 0 ? "1" : rest[0]);
    case ["replay", var name, .. var files] when files.Length > 0 && FuzzTargets.Find(name) is { } target:
        return Replay(target, files);
    default:
        Console.Error.WriteLine(
            """
            Usage: list
                   run TARGET                        one input after the other from AFL++
                   seeds TARGET FOLDER               writes the inputs to begin with
                   smoke TARGET SECONDSs|COUNT [SEED]  in this process: smoke capture 30s, smoke capture 100000 7
                   replay TARGET FILE...             runs inputs again and shows what they throw
            """);
        return WrongUsage;
}

static int RunSmoke(IFuzzTarget target, string amount, string seedText)
{
    var isTime = amount.EndsWith('s');
    if (!long.TryParse(isTime ? amount[..^1] : amount, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
        || !int.TryParse(seedText, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
    {
        Console.Error.WriteLine($"'{amount}' is no number of executions and no time like 30s, or '{seedText}' is no seed.");
        return WrongUsage;
    }

    var started = Stopwatch.GetTimestamp();
    var result = Smoke.Run(
        target, seed, executions => isTime ? Stopwatch.GetElapsedTime(started).TotalSeconds < limit : executions < limit);
    var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
    foreach (var find in result.Finds)
    {
        var file = $"find-{target.Name}-{seed}-{find.Execution}";
        File.WriteAllBytes(file, find.Input);
        Console.WriteLine($"{file}: {find.Fault}");
    }

    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{target.Name}: {result.Executions} executions in {seconds:0.0} s with seed {seed}, {result.Finds.Count} finds, at most {result.LargestAllocationBytes} bytes allocated by one"));
    return result.Finds.Count == 0 ? Done : Found;
}

static int Replay(IFuzzTarget target, string[] files)
{
    var finds = 0;
    foreach (var file in files)
    {
        try
        {
            target.Run(File.ReadAllBytes(file));
            Console.WriteLine($"{file}: passes");
        }
        catch (Exception fault)
        {
            finds++;
            Console.WriteLine($"{file}: {fault}");
        }
    }

    return finds == 0 ? Done : Found;
}
