namespace OtGuard.Collectors.Modbus.Tests;

[TestClass]
public sealed class IdentityTests
{
    private sealed class Reader : IObservationConsumer
    {
        public string Facts { get; private set; } = "";

        public void Consume(ObservationBatch batch)
        {
            foreach (var observation in batch.Items)
            {
                Facts += string.Join(
                    "; ", ModbusIdentity.Read(observation, batch).Select(fact => $"{fact.Name}={fact.Value}"));
            }
        }
    }

    [TestMethod]
    [DataRow("2B 0E 01 00", "2B 0E 01 01 00 00 03 00 03 41 42 43 01 02 58 31 02 04 56 32 2E 31",
        "VendorName=ABC; ProductCode=X1; MajorMinorRevision=V2.1", DisplayName = "basic device identification")]
    [DataRow("2B 0E 04 80", "2B 0E 04 83 00 00 01 80 02 00 01", "Object128=0x0001", DisplayName = "private object, no text")]
    [DataRow("2B 0E 01 00", "2B 0E 01 01 00 00 02 00 03 41 42 43 01 09 58", "VendorName=ABC; ProductCode=X",
        DisplayName = "cut off")]
    [DataRow("11", "11 05 07 FF 41 42 43", "ServerId=07; RunIndicatorStatus=on; AdditionalData=ABC",
        DisplayName = "identifier, indicator, more")]
    [DataRow("11", "11 04 41 42 43 00", "ServerId=ABC; RunIndicatorStatus=off", DisplayName = "text and indicator")]
    [DataRow("11", "11 00", "", DisplayName = "empty")]
    [DataRow("11", "91 01", "", DisplayName = "refused")]
    [DataRow("03 0000 0001", "03 02 4142", "", DisplayName = "something else")]
    public void Facts_of_an_answer(string request, string response, string facts)
    {
        var reader = new Reader();
        var batch = new ObservationBatch(reader);
        var connection = new Exchange().Connection;
        var decoder = new ModbusProtocol(new ModbusOptions()).CreateDecoder(1, Transport.Tcp, 0);
        decoder.Decode(connection, Direction.ToServer, Exchange.Adu(1, 1, Exchange.Bytes(request)), default, batch);
        decoder.Decode(connection, Direction.ToClient, Exchange.Adu(1, 1, Exchange.Bytes(response)), default, batch);

        batch.Flush();

        Assert.AreEqual(facts, reader.Facts);
    }
}
