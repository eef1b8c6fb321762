using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation;

/// <summary>A client's connection to a device, over which it asks and the device answers by itself.</summary>
public sealed class Link
{
    private readonly Site _site;
    private readonly bool _isLasting;

    internal Link(Site site, EthernetHost client, SimulatedDevice device, bool isLasting = false)
    {
        _site = site;
        _isLasting = isLasting;
        Client = client;
        Device = device;
        Session = NewSession();
        Modbus = new ModbusClient(Session);
    }

    /// <summary>Who asks.</summary>
    public EthernetHost Client { get; }

    /// <summary>Who answers.</summary>
    public SimulatedDevice Device { get; }

    /// <summary>The connection of the moment.</summary>
    public TcpSession Session { get; private set; }

    /// <summary>The client's side of Modbus on it.</summary>
    public ModbusClient Modbus { get; private set; }

    /// <summary>Opens the connection.</summary>
    public Link Open()
    {
        Session.Open();
        return this;
    }

    /// <summary>Asks, and lets the device answer or keep silent.</summary>
    /// <returns>True where there was an answer.</returns>
    public bool Ask(params ReadOnlySpan<byte> pdu) => AskUnit(Device.Unit, pdu);

    /// <summary>Asks for a unit identifier; one it does not have is answered as by a gateway (§7, code 11).</summary>
    public bool AskUnit(byte unit, ReadOnlySpan<byte> pdu)
    {
        if (_site.Capture.Player is { } player)
        {
            Modbus.Transaction++;
            player.Ask(Session, Modbus.Frame(unit, pdu));
            _site.Capture.Wait(Device.Latency);
            return true;
        }

        Modbus.Request(unit, pdu);
        var answer = Device.AnswerAs(unit, pdu);
        if (answer is null)
        {
            // The device's stack acknowledges what its application leaves unanswered.
            _site.Capture.Wait(TimeSpan.FromMilliseconds(40));
            Session.Acknowledge(Side.Server);
            return false;
        }

        Session.ServerLatency = Device.Latency * (0.8 + 0.4 * _site.Traffic.NextDouble());
        var isFalse = pdu[0] == 4 && Device.Falsified is not null;
        using (_site.Capture.Mark(isFalse ? Device.Falsified!.Truth : _site.Capture.Truth)) Modbus.Respond(unit, answer);
        return true;
    }

    /// <summary>Several questions in a row; only the last answer is acknowledged by itself.</summary>
    public void AskAll(params ReadOnlySpan<byte[]> pdus)
    {
        for (var i = 0; i < pdus.Length; i++)
        {
            Session.AcknowledgeResponses = i == pdus.Length - 1;
            if (i > 0) _site.Capture.Wait(TimeSpan.FromMicroseconds(300));
            Ask(pdus[i]);
        }

        Session.AcknowledgeResponses = true;
    }

    /// <summary>Closes the connection in order.</summary>
    public void Close(Side first = Side.Client) => Session.Close(first);

    /// <summary>Opens a new connection from a new port.</summary>
    public void Reopen()
    {
        Session = NewSession();
        Modbus = new ModbusClient(Session) { Transaction = (ushort)_site.Traffic.Next(1000) };
        Session.Open();
    }

    private TcpSession NewSession() =>
        new(_site.Capture, Client, _site.NextPort(Client), Device.Host, Site.ModbusPort) { IsLasting = _isLasting };
}
