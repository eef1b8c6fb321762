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

    /// <summary>
    /// Native functions that collectors may call, by library: none of them sends. Bans do not see P/Invoke; this list does.
    /// </summary>
    private static readonly string[] AllowedNativeFunctions =
    [
        // A raw CAN socket: opened, bound to an interface, set up, closed for writing, waited for and read.
        "libc!socket", "libc!bind", "libc!setsockopt", "libc!shutdown", "libc!poll", "libc!recvmsg", "libc!close",

        // libpcap, besides SharpPcap: its counters, and what to wait at.
        "pcap!pcap_stats", "pcap!pcap_get_selectable_fd",

        // PEAK's library: everything but CAN_Write, CAN_WriteFD and what resets a channel in use.
        "PCANBasic!CAN_Initialize", "PCANBasic!CAN_InitializeFD", "PCANBasic!CAN_Uninitialize", "PCANBasic!CAN_GetStatus",
        "PCANBasic!CAN_Read", "PCANBasic!CAN_ReadFD", "PCANBasic!CAN_GetValue", "PCANBasic!CAN_SetValue",
        "PCANBasic!CAN_GetErrorText",
    ];

    [TestMethod]
    public void No_collector_depends_on_a_type_that_connects_or_sends()
    {
        var rule = ArchRuleDefinition.Types().That().ResideInNamespaceMatching("^OtGuard\\.Collectors")
            .Should().NotDependOnAny(
                ArchRuleDefinition.Types().That()
                    .HaveFullNameMatching("^System\\.Net\\.(Sockets|Http|WebSockets|NetworkInformation|Mail)\\."));

        Assert.IsTrue(rule.HasNoViolations(Structure), "A collector uses networking types.");
    }

    /// <summary>
    /// Native functions of the host, the capture process included: rights given up, the program executed anew, a filter
    /// loaded, and the kernel asked for its CAN interfaces on a socket that reaches nothing else.
    /// </summary>
    private static readonly string[] AllowedNativeFunctionsOfHost =
    [
        "libc!prctl", "libc!capset", "libc!setsid", "libc!setenv", "libc!execv",
        "libc!open", "libc!mkfifo", "libc!dup2", "libc!fcntl", "libc!syscall", "libc!poll",
        "libc!socket", "libc!send", "libc!recv", "libc!close",
    ];

    [TestMethod]
    public void Collectors_call_only_the_native_functions_listed() => AssertCalled(AllowedNativeFunctions, Collectors);

    [TestMethod]
    public void The_host_and_its_capture_process_call_only_the_native_functions_listed() =>
        AssertCalled(AllowedNativeFunctionsOfHost, [typeof(Host.Commands.CommandLine).Assembly]);

    private static void AssertCalled(string[] allowed, Assembly[] assemblies)
    {
        var called = assemblies.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(
                BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<DllImportAttribute>() is not null
                || (method.Attributes & MethodAttributes.PinvokeImpl) != 0)
            .Select(method => method.GetCustomAttribute<DllImportAttribute>())
            .Select(import => $"{import?.Value}!{import?.EntryPoint}")
            .Distinct()
            .ToArray();

        // Equal in both directions, so that the list tells no more than the truth.
        CollectionAssert.AreEquivalent(allowed, called, $"Called are {string.Join(", ", called)}.");
    }

    [TestMethod]
    public void Collectors_reach_native_code_in_no_other_way_than_by_the_list()
    {
        // A library loaded by name and called through a pointer would not show as an import.
        var loading = ArchRuleDefinition.Types().That().ResideInNamespaceMatching("^OtGuard\\.Collectors")
            .And().DoNotHaveFullName("OtGuard.Collectors.Can.Live.Pcan.PcanLibrary")
            .And().DoNotHaveFullName("OtGuard.Collectors.Capture.Live.PcapLibrary")
            .Should().NotDependOnAny(
                ArchRuleDefinition.Types().That().HaveFullName("System.Runtime.InteropServices.NativeLibrary"));

        Assert.IsTrue(loading.HasNoViolations(Structure), "A collector loads native libraries by itself.");
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
        foreach (var symbol in new[]
        {
            "M:SharpPcap.LibPcap.LibPcapLiveDevice.SendPacket(System.ReadOnlySpan{System.Byte},SharpPcap.ICaptureHeader);",
            "T:SharpPcap.IInjectionDevice;", "T:SharpPcap.CaptureDeviceExtensions;", "T:SharpPcap.LibPcap.SendQueue;",
        })
            Assert.Contains(symbol, banned);
    }

    [TestMethod]
    public void What_SharpPcap_can_send_with_is_all_banned()
    {
        // A new version may bring another way; the list of bans would not know it.
        var sending = typeof(SharpPcap.LibPcap.LibPcapLiveDevice).Assembly.GetExportedTypes()
            .Where(type => type.GetMethods(
                    BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Any(method => method.Name is "SendPacket" or "Transmit"))
            .Select(type => type.FullName!)
            .ToArray();
        var banned = File.ReadAllText(
            Path.Combine(SharedData.RepositoryRoot, "collectors", "BannedSymbols.Passivity.txt"));

        Assert.IsNotEmpty(sending);
        foreach (var type in sending)
            Assert.IsTrue(
                banned.Contains($"T:{type};", StringComparison.Ordinal)
                    || banned.Contains($"M:{type}.SendPacket(", StringComparison.Ordinal),
                $"{type} can send and is not banned.");
    }
}
