using BenchmarkDotNet.Running;
using OtGuard.Benchmarks;

BenchmarkSwitcher.FromTypes([typeof(DataPathBenchmarks)]).Run(args);
