using BenchmarkDotNet.Running;
using OtGuard.Benchmarks;

BenchmarkSwitcher.FromTypes([typeof(DataPathBenchmarks), typeof(ModelBenchmarks)]).Run(args);
