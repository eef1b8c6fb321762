using System.Text;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>The services of a server: reads requests and answers them (OPC UA Part 4 v1.05 §5).</summary>
internal sealed class OpcUaServices(OpcUaServer server)
{
    private const string TransportProfile = "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary";
    private const string SignatureAlgorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

    public void Serve(OpcUaServerConnection connection, uint requestId, ReadOnlySpan<byte> body)
    {
        var reader = new OpcUaReader(body);
        var type = reader.NodeId();
        var token = reader.NodeId();
        reader.Int64();
        var handle = reader.UInt32();
        reader.UInt32();
        reader.ByteString();
        reader.UInt32();
        reader.ExtensionObject(out _);
        if (reader.Failed || type.NamespaceIndex != 0 || type.Text is not null)
        {
            Fault(connection, requestId, handle, OpcUaStatus.BadDecodingError);
            return;
        }

        var call = new ServiceCall(connection, requestId, handle, server.FindSession(token));
        if (call.Session is { } session) session.LastUsed = server.Now;
        var result = Serve(type.Number, call, ref reader);
        if (result != OpcUaStatus.Good) Fault(connection, requestId, handle, result);
    }

    private uint Serve(uint type, ServiceCall call, ref OpcUaReader reader)
    {
        switch (type)
        {
            case OpcUaMessageType.FindServersRequest:
                return FindServers(call);
            case OpcUaMessageType.GetEndpointsRequest:
                return GetEndpoints(call);
            case OpcUaMessageType.CreateSessionRequest:
                return CreateSession(call, ref reader);
            case OpcUaMessageType.ActivateSessionRequest:
                return ActivateSession(call, ref reader);
        }

        if (call.Session is not { } session || session.Connection != call.Connection) return OpcUaStatus.BadSessionIdInvalid;
        if (!session.IsActive) return OpcUaStatus.BadSessionIdInvalid;
        return type switch
        {
            OpcUaMessageType.CloseSessionRequest => CloseSession(call),
            OpcUaMessageType.BrowseRequest => Browse(call, ref reader),
            OpcUaMessageType.ReadRequest => Read(call, ref reader),
            OpcUaMessageType.WriteRequest => Write(call, ref reader),
            OpcUaMessageType.CallRequest => Call(call, ref reader),
            OpcUaMessageType.AddNodesRequest => AddNodes(call, ref reader),
            OpcUaMessageType.DeleteNodesRequest => DeleteNodes(call, ref reader),
            OpcUaMessageType.CreateSubscriptionRequest => CreateSubscription(call, ref reader),
            OpcUaMessageType.CreateMonitoredItemsRequest => CreateMonitoredItems(call, ref reader),
            OpcUaMessageType.PublishRequest => Publish(call, ref reader),
            OpcUaMessageType.DeleteSubscriptionsRequest => DeleteSubscriptions(call, ref reader),
            _ => OpcUaStatus.BadServiceUnsupported,
        };
    }

    private static void Fault(OpcUaServerConnection connection, uint requestId, uint handle, uint status) =>
        connection.Answer(
            requestId, writer => writer.Response(OpcUaMessageType.ServiceFault, handle, connection.Now, status));

    private static uint Answer(ServiceCall call, uint requestType, Action<OpcUaWriter> write)
    {
        call.Connection.Answer(call.RequestId, writer =>
        {
            writer.Response(requestType + OpcUaMessageType.ToResponse, call.Handle, call.Connection.Now);
            write(writer);
        });
        return OpcUaStatus.Good;
    }

    // Reads the operations of a request; how many there are, or why they are not carried out.
    private static uint Operations<T>(ref OpcUaReader reader, ReadOne<T> readOne, out List<T> operations)
    {
        operations = [];
        var count = reader.ArrayLength();
        if (count > OpcUaServer.MaximumOperations) return OpcUaStatus.BadTooManyOperations;
        for (var i = 0; i < count && !reader.Failed; i++) operations.Add(readOne(ref reader));
        if (reader.IsTooDeep) return OpcUaStatus.BadEncodingLimitsExceeded;
        if (reader.Failed) return OpcUaStatus.BadDecodingError;
        return count == 0 ? OpcUaStatus.BadNothingToDo : OpcUaStatus.Good;
    }

    private static uint AnswerStatuses(ServiceCall call, uint requestType, List<uint> statuses) =>
        Answer(call, requestType, writer =>
        {
            writer.Int32(statuses.Count);
            foreach (var status in statuses) writer.UInt32(status);
            writer.Int32(-1);
        });

    // ---- Discovery and sessions -------------------------------------------------------------------------------------

    private void WriteApplication(OpcUaWriter writer)
    {
        writer.String(server.Identity.ApplicationUri).String("urn:practice:product").LocalizedText("Station Server").Int32(0)
            .String(null).String(null).Int32(1).String(server.Url);
    }

    private uint FindServers(ServiceCall call) =>
        Answer(call, OpcUaMessageType.FindServersRequest, writer => WriteApplication(writer.Int32(1)));

    private uint GetEndpoints(ServiceCall call) => Answer(call, OpcUaMessageType.GetEndpointsRequest, WriteEndpoints);

    private void WriteEndpoints(OpcUaWriter writer)
    {
        writer.Int32(2);
        foreach (var security in (OpcUaSecurity[])[OpcUaSecurity.None, OpcUaSecurity.Sign])
        {
            var policy = security == OpcUaSecurity.None ? OpcUaChannel.PolicyNone : OpcUaChannel.PolicyBasic256Sha256;
            writer.String(server.Url);
            WriteApplication(writer);
            writer.ByteString(server.Identity.Certificate).Int32((int)security).String(policy).Int32(2)
                .String("anonymous").Int32(0).String(null).String(null).String(null)
                .String("username").Int32(1).String(null).String(null).String(OpcUaChannel.PolicyBasic256Sha256)
                .String(TransportProfile).Byte(security == OpcUaSecurity.None ? (byte)0 : (byte)50);
        }
    }

    private uint CreateSession(ServiceCall call, ref OpcUaReader reader)
    {
        reader.ByteString();
        reader.ByteString();
        reader.LocalizedText();
        reader.Int32();
        reader.ByteString();
        reader.ByteString();
        for (var urls = reader.ArrayLength(); urls > 0; urls--) reader.ByteString();
        for (var i = 0; i < 3; i++) reader.ByteString();
        var clientNonce = reader.ByteString().ToArray();
        var certificate = reader.ByteString().ToArray();
        var timeout = reader.Double();
        if (reader.Failed) return OpcUaStatus.BadDecodingError;
        var isSigned = call.Connection.Channel.Security == OpcUaSecurity.Sign;
        if (isSigned && !certificate.AsSpan().SequenceEqual(call.Connection.Channel.RemoteCertificate))
            return OpcUaStatus.BadSecurityChecksFailed;
        if (server.NewSession(call.Connection, timeout) is not { } session) return OpcUaStatus.BadTooManySessions;
        session.Nonce = server.NewNonce();
        return Answer(call, OpcUaMessageType.CreateSessionRequest, writer =>
        {
            writer.NodeId(session.Id).NodeId(session.Token).Double(session.TimeoutNanoseconds / 1e6).ByteString(session.Nonce)
                .ByteString(server.Identity.Certificate);
            WriteEndpoints(writer);
            writer.Int32(-1);
            if (isSigned)
                writer.String(SignatureAlgorithm).ByteString(server.Identity.Sign([.. certificate, .. clientNonce]));
            else
                writer.String(null).Int32(-1);
            writer.UInt32(OpcUaServer.MaximumMessageBytes);
        });
    }

    private uint ActivateSession(ServiceCall call, ref OpcUaReader reader)
    {
        if (call.Session is not { } session) return OpcUaStatus.BadSessionIdInvalid;
        reader.ByteString();
        var signature = reader.ByteString();
        for (var i = reader.ArrayLength(); i > 0 && !reader.Failed; i--)
        {
            reader.ByteString();
            reader.ByteString();
        }

        for (var i = reader.ArrayLength(); i > 0 && !reader.Failed; i--) reader.ByteString();
        var token = reader.ExtensionObject(out var kind);
        if (reader.Failed) return OpcUaStatus.BadDecodingError;
        var channel = call.Connection.Channel;
        byte[] signed = [.. server.Identity.Certificate, .. session.Nonce];
        if (channel.Security == OpcUaSecurity.Sign && !OpcUaIdentity.Verify(channel.RemoteCertificate, signed, signature))
            return OpcUaStatus.BadSecurityChecksFailed;
        var result = Identify(kind, token, session);
        if (result != OpcUaStatus.Good) return result;
        session.IsActive = true;
        session.Connection = call.Connection;
        session.Nonce = server.NewNonce();
        return Answer(
            call, OpcUaMessageType.ActivateSessionRequest,
            writer => writer.ByteString(session.Nonce).Int32(-1).Int32(-1));
    }

    private uint Identify(OpcUaNodeId kind, ReadOnlySpan<byte> token, OpcUaSession session)
    {
        var reader = new OpcUaReader(token);
        reader.ByteString();
        switch (kind.Number)
        {
            case 0 or OpcUaMessageType.AnonymousToken:
                return OpcUaStatus.Good;
            case OpcUaMessageType.UserNameToken:
                var name = reader.String();
                if (server.Identity.Decrypt(reader.ByteString()) is not { } secret) return OpcUaStatus.BadIdentityTokenRejected;
                var inner = new OpcUaReader(secret);
                var length = inner.Int32() - session.Nonce.Length;
                var password = Encoding.UTF8.GetString(inner.Take(length));
                if (inner.Failed || !inner.Rest.SequenceEqual(session.Nonce)) return OpcUaStatus.BadIdentityTokenRejected;
                return server.Users.Any(user => user.Name == name && user.Password == password)
                    ? OpcUaStatus.Good
                    : OpcUaStatus.BadUserAccessDenied;
            default:
                return OpcUaStatus.BadIdentityTokenRejected;
        }
    }

    private uint CloseSession(ServiceCall call)
    {
        server.End(call.Session!);
        return Answer(call, OpcUaMessageType.CloseSessionRequest, static _ => { });
    }

    // ---- Nodes ------------------------------------------------------------------------------------------------------

    private uint Browse(ServiceCall call, ref OpcUaReader reader)
    {
        reader.NodeId();
        reader.Int64();
        reader.UInt32();
        reader.UInt32();
        var result = Operations(
            ref reader,
            static (ref OpcUaReader one) =>
            {
                var node = one.NodeId();
                one.Int32();
                one.NodeId();
                one.Boolean();
                one.UInt32();
                one.UInt32();
                return node;
            },
            out var nodes);
        if (result != OpcUaStatus.Good) return result;
        return Answer(call, OpcUaMessageType.BrowseRequest, writer =>
        {
            writer.Int32(nodes.Count);
            foreach (var node in nodes)
            {
                var isKnown = server.Space.Find(node) is not null;
                writer.UInt32(isKnown ? OpcUaStatus.Good : OpcUaStatus.BadNodeIdUnknown).Int32(-1);
                var children = isKnown ? server.Space.ChildrenOf(node) : [];
                writer.Int32(children.Count);
                foreach (var child in children)
                {
                    writer.NodeId(child.Reference).Boolean(true).NodeId(child.Id)
                        .QualifiedName(child.Id.NamespaceIndex, child.Name).LocalizedText(child.Name).Int32((int)child.Class)
                        .NodeId(child.TypeDefinition);
                }
            }

            writer.Int32(-1);
        });
    }

    private uint Read(ServiceCall call, ref OpcUaReader reader)
    {
        reader.Double();
        reader.Int32();
        var result = Operations(ref reader, ReadAttribute, out var operations);
        if (result != OpcUaStatus.Good) return result;
        var now = call.Connection.Now / 1_000_000_000 * 1_000_000_000;
        return Answer(call, OpcUaMessageType.ReadRequest, writer =>
        {
            writer.Int32(operations.Count);
            foreach (var (node, attribute) in operations)
            {
                var (value, status) = server.Space.Read(node, attribute);
                writer.DataValue(value, status, attribute == OpcUaAttributeId.Value ? now : 0);
            }

            writer.Int32(-1);
        });
    }

    private static (OpcUaNodeId Node, uint Attribute) ReadAttribute(ref OpcUaReader reader)
    {
        var (node, attribute) = (reader.NodeId(), reader.UInt32());
        reader.ByteString();
        reader.UInt16();
        reader.ByteString();
        return (node, attribute);
    }

    private uint Write(ServiceCall call, ref OpcUaReader reader)
    {
        var result = Operations(
            ref reader,
            static (ref OpcUaReader one) =>
            {
                var (node, attribute) = (one.NodeId(), one.UInt32());
                one.ByteString();
                return (Node: node, Attribute: attribute, Value: one.DataValue());
            },
            out var operations);
        if (result != OpcUaStatus.Good) return result;
        return AnswerStatuses(
            call, OpcUaMessageType.WriteRequest,
            operations.ConvertAll(one => server.Space.Write(one.Node, one.Attribute, one.Value)));
    }

    private uint Call(ServiceCall call, ref OpcUaReader reader)
    {
        var result = Operations(
            ref reader,
            static (ref OpcUaReader one) =>
            {
                var (node, method) = (one.NodeId(), one.NodeId());
                var first = OpcUaVariant.Null;
                for (var i = one.ArrayLength(); i > 0 && !one.Failed; i--) first = one.Variant();
                return (Object: node, Method: method, Argument: first);
            },
            out var operations);
        if (result != OpcUaStatus.Good) return result;
        var results = operations.ConvertAll(one => Run(one.Object, one.Method, one.Argument));
        return Answer(call, OpcUaMessageType.CallRequest, writer =>
        {
            writer.Int32(results.Count);
            foreach (var (status, output) in results)
            {
                writer.UInt32(status).Int32(-1).Int32(-1).Int32(output.Count == 0 ? -1 : output.Count);
                foreach (var value in output) writer.Variant(value);
            }

            writer.Int32(-1);
        });
    }

    private (uint Status, IReadOnlyList<OpcUaVariant> Output) Run(OpcUaNodeId node, OpcUaNodeId method, OpcUaVariant argument)
    {
        if (server.Space.Find(node) is null) return (OpcUaStatus.BadNodeIdUnknown, []);
        if (method != OpcUaAddressSpace.GetMonitoredItems)
            return server.Space.Find(method)?.Call?.Invoke() ?? (OpcUaStatus.BadMethodInvalid, []);
        // Part 5 v1.05 §9.1: handles of the server and of the client.
        if (server.FindSubscription((uint)argument.Bits) is not { } subscription)
            return (OpcUaStatus.BadSubscriptionIdInvalid, []);
        OpcUaVariant Handles(Func<OpcUaMonitoredItem, uint> of) => OpcUaVariant.Array(
            OpcUaType.UInt32, subscription.Items.Count, writer =>
            {
                foreach (var item in subscription.Items) writer.UInt32(of(item));
            });
        return (OpcUaStatus.Good, [Handles(item => item.Id), Handles(item => item.Handle)]);
    }

    private uint AddNodes(ServiceCall call, ref OpcUaReader reader)
    {
        var result = Operations(
            ref reader,
            static (ref OpcUaReader one) =>
            {
                var parent = one.NodeId();
                one.NodeId();
                var node = one.NodeId();
                one.UInt16();
                var name = one.String();
                var kind = one.Int32();
                one.ExtensionObject(out _);
                one.NodeId();
                return new OpcUaNode(node, name, (OpcUaNodeClass)kind, parent);
            },
            out var nodes);
        if (result != OpcUaStatus.Good) return result;
        var results = nodes.ConvertAll(node =>
            server.Space.Find(node.Parent) is null || !Enum.IsDefined(node.Class) ? OpcUaStatus.BadNodeIdUnknown
            : server.Space.Nodes.Count < OpcUaServer.MaximumItems && server.Space.Add(node) ? OpcUaStatus.Good
            : OpcUaStatus.BadNodeIdExists);
        return Answer(call, OpcUaMessageType.AddNodesRequest, writer =>
        {
            writer.Int32(nodes.Count);
            for (var i = 0; i < nodes.Count; i++)
                writer.UInt32(results[i]).NodeId(results[i] == OpcUaStatus.Good ? nodes[i].Id : default);
            writer.Int32(-1);
        });
    }

    private uint DeleteNodes(ServiceCall call, ref OpcUaReader reader)
    {
        var result = Operations(
            ref reader,
            static (ref OpcUaReader one) =>
            {
                var node = one.NodeId();
                one.Boolean();
                return node;
            },
            out var nodes);
        if (result != OpcUaStatus.Good) return result;
        return AnswerStatuses(
            call, OpcUaMessageType.DeleteNodesRequest,
            nodes.ConvertAll(node => server.Space.Delete(node) ? OpcUaStatus.Good : OpcUaStatus.BadNodeIdUnknown));
    }

    // ---- Subscriptions ----------------------------------------------------------------------------------------------

    private uint CreateSubscription(ServiceCall call, ref OpcUaReader reader)
    {
        var interval = reader.Double();
        reader.UInt32();
        var keepAlive = reader.UInt32();
        if (reader.Failed) return OpcUaStatus.BadDecodingError;
        if (server.NewSubscription(call.Session!, double.IsNaN(interval) ? 0 : interval, keepAlive) is not { } subscription)
            return OpcUaStatus.BadTooManySubscriptions;
        return Answer(call, OpcUaMessageType.CreateSubscriptionRequest, writer => writer
            .UInt32(subscription.Id).Double(subscription.IntervalNanoseconds / 1e6).UInt32(subscription.KeepAliveCount * 10)
            .UInt32(subscription.KeepAliveCount));
    }

    private uint CreateMonitoredItems(ServiceCall call, ref OpcUaReader reader)
    {
        var id = reader.UInt32();
        reader.Int32();
        var result = Operations(
            ref reader,
            static (ref OpcUaReader one) =>
            {
                var (node, attribute) = ReadAttribute(ref one);
                one.Int32();
                var handle = one.UInt32();
                one.Double();
                one.ExtensionObject(out _);
                one.UInt32();
                one.Boolean();
                return (Node: node, Attribute: attribute, Handle: handle);
            },
            out var items);
        if (result != OpcUaStatus.Good) return result;
        if (server.FindSubscription(id) is not { } subscription || subscription.Owner != call.Session)
            return OpcUaStatus.BadSubscriptionIdInvalid;
        var interval = subscription.IntervalNanoseconds / 1e6;
        return Answer(call, OpcUaMessageType.CreateMonitoredItemsRequest, writer =>
        {
            writer.Int32(items.Count);
            foreach (var item in items)
            {
                var (status, number) = Watch(subscription, item.Node, item.Attribute, item.Handle);
                writer.UInt32(status).UInt32(number).Double(interval).UInt32(1).NoExtension();
            }

            writer.Int32(-1);
        });
    }

    private (uint Status, uint Id) Watch(OpcUaSubscription subscription, OpcUaNodeId id, uint attribute, uint handle)
    {
        if (server.Space.Find(id) is not { } node) return (OpcUaStatus.BadNodeIdUnknown, 0);
        if (attribute != OpcUaAttributeId.Value || node.Class != OpcUaNodeClass.Variable)
            return (OpcUaStatus.BadAttributeIdInvalid, 0);
        if (subscription.Items.Count == OpcUaServer.MaximumItems) return (OpcUaStatus.BadTooManyMonitoredItems, 0);
        var item = new OpcUaMonitoredItem((uint)subscription.Items.Count + 1, handle, node);
        subscription.Items.Add(item);
        return (OpcUaStatus.Good, item.Id);
    }

    // Answered when there is something to tell.
    private uint Publish(ServiceCall call, ref OpcUaReader reader)
    {
        var session = call.Session!;
        if (!server.HasSubscription(session)) return OpcUaStatus.BadNoSubscription;
        if (session.Waiting.Count == OpcUaServer.MaximumWaiting) return OpcUaStatus.BadTooManyPublishRequests;
        var count = reader.ArrayLength();
        if (count > OpcUaServer.MaximumOperations) return OpcUaStatus.BadTooManyOperations;
        var results = new uint[count];
        for (var i = 0; i < results.Length; i++)
        {
            var subscription = server.FindSubscription(reader.UInt32());
            var sequence = reader.UInt32();
            results[i] = subscription is null ? OpcUaStatus.BadSubscriptionIdInvalid
                : sequence < subscription.Sequence ? OpcUaStatus.Good
                : OpcUaStatus.BadSequenceNumberUnknown;
        }

        if (reader.Failed) return OpcUaStatus.BadDecodingError;
        session.Waiting.Enqueue((call.RequestId, call.Handle));
        session.Acknowledged.Enqueue(results);
        return OpcUaStatus.Good;
    }

    private uint DeleteSubscriptions(ServiceCall call, ref OpcUaReader reader)
    {
        var result = Operations(ref reader, static (ref OpcUaReader one) => one.UInt32(), out var ids);
        if (result != OpcUaStatus.Good) return result;
        return AnswerStatuses(
            call, OpcUaMessageType.DeleteSubscriptionsRequest,
            ids.ConvertAll(id => server.Delete(id) ? OpcUaStatus.Good : OpcUaStatus.BadSubscriptionIdInvalid));
    }

    private delegate T ReadOne<out T>(ref OpcUaReader reader);

    private readonly record struct ServiceCall(
        OpcUaServerConnection Connection, uint RequestId, uint Handle, OpcUaSession? Session);
}
