using System.Reflection;
using System.Runtime.InteropServices;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using OtGuard.Collectors.Can;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Collectors.Modbus;
using OtGuard.Collectors.OpcUa;
using OtGuard.TestKit;
using Assembly = System.Reflection.Assembly;

namespace OtGuard.Architecture.Tests;

/// <summary>Collectors listen. What could send is banned at compile time; these tests see what a compiler does not.</summary>
[TestClass]
public sealed class PassivityTests
{
    private static readonly Assembly[] Collectors =
    [
        typeof(Collectors.Observation).Assembly, typeof(CaptureFiles).Assembly, typeof(CanTraffic).Assembly,
        typeof(ModbusProtocol).Assembly,
        typeof(OpcUaProtocol).Assembly,
    ];

    private static readonly ArchUnitNET.Domain.Architecture Structure =
        new ArchLoader().LoadAssemblies(Collectors).Build();

    /// <summary>Native functions that collectors may call: none of them sends. Bans do not see P/Invoke; this list does.</summary>
    private static readonly string[] AllowedNativeFunctions = [];

    [TestMethod]
    public void No_collector_depends_on_a_type_that_connects_or_sends()
    {
        var rule = ArchRuleDefinition.Types().That().ResideInNamespaceMatching("^OtGuard\\.Collectors")
            .Should().NotDependOnAny(
                ArchRuleDefinition.Types().That()
                    .HaveFullNameMatching("^System\\.Net\\.(Sockets|Http|WebSockets|NetworkInformation|Mail)\\."));

        Assert.IsTrue(rule.HasNoViolations(Structure), "A collector uses networking types.");
    }

    [TestMethod]
    public void Collectors_call_only_the_native_functions_listed()
    {
        var called = Collectors.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(
                BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<DllImportAttribute>() is not null
                || (method.Attributes & MethodAttributes.PinvokeImpl) != 0)
            .Select(method => method.Name)
            .Distinct()
            .Except(AllowedNativeFunctions)
            .ToArray();

        Assert.IsEmpty(called, $"Native functions not on the list: {string.Join(", ", called)}.");
    }

    [TestMethod]
    public void The_ban_on_sending_is_in_force_for_every_collector_project()
    {
        var properties = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "collectors", "Directory.Build.props"));
        var banned = File.ReadAllText(
            Path.Combine(SharedData.RepositoryRoot, "collectors", "BannedSymbols.Passivity.txt"));

        Assert.Contains("BannedSymbols.Passivity.txt", properties);
        foreach (var type in new[] { "Sockets.Socket", "Sockets.TcpClient", "Sockets.UdpClient", "Http.HttpClient" })
            Assert.Contains($"T:System.Net.{type};", banned);
    }
}
