using System.Runtime.CompilerServices;
using System.Text;
using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Transport;
using OtGuard.Collectors.OpcUa.Types;
using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.OpcUa.Services;

/// <summary>
/// Pairs the messages of one connection and writes the observations: one for each operation of an exchange (a node read,
/// written, browsed; a method called; a value notified), all with the frames of the request and the response.
/// </summary>
/// <remarks>
/// Requests wait by their request identifier. How long is what the request itself asks for (timeoutHint); a Publish
/// request without one waits as long as the connection lives.
/// </remarks>
internal sealed class ExchangeWriter
{
    /// <summary>How many given-up requests are remembered, to know a late answer from one nobody asked for.</summary>
    private const int GivenUpCapacity = 8;

    // Type ids of requests whose content matters here, and of notifications (OPC UA Part 6 v1.05 Annex A).
    private const ushort CreateSessionRequest = 461;
    private const ushort ActivateSessionRequest = 467;
    private const ushort CloseSessionRequest = 473;
    private const ushort TranslateBrowsePathsRequest = 554;
    private const ushort CreateMonitoredItemsRequest = 751;
    private const ushort ModifyMonitoredItemsRequest = 763;
    private const ushort DeleteMonitoredItemsRequest = 781;
    private const ushort PublishRequest = 826;
    private const ushort DeleteSubscriptionsRequest = 847;
    private const ushort OpenSecureChannelResponse = 449;
    private const int DataChangeNotification = 811;
    private const int StatusChangeNotification = 820;
    private const int EventNotificationList = 916;

    private readonly byte _protocol;
    private readonly OpcUaState _state;
    private readonly PendingRequests _pending;
    private readonly MonitoredItems _items;
    private readonly Sessions _sessions = new();
    private readonly ulong[] _givenUp = new ulong[GivenUpCapacity];
    private readonly long _timeoutNanoseconds;
    private byte[] _hello = [];
    private Sighting _helloSeen;
    private bool _helloWaits;
    private int _givenUpNext;
    private long _nextDeadline = long.MaxValue;

    /// <summary>Until when a response may belong to a request from before the capture or inside a gap.</summary>
    private long _requestsUncertainUntil = long.MinValue;

    public ExchangeWriter(byte protocol, OpcUaState state)
    {
        _protocol = protocol;
        _state = state;
        _pending = new PendingRequests(state.Options.MaximumOutstandingRequests);
        _items = new MonitoredItems(state.Options.MaximumMonitoredItems);
        _timeoutNanoseconds = state.Options.ResponseTimeout.Ticks * 100;
    }

    /// <summary>The connection was joined midway: Publish requests may wait from before for any time.</summary>
    public bool RequestsMayBeMissing { get; set; }

    // ---- Messages ---------------------------------------------------------------------------------------------------

    /// <summary>A whole message: its sequence header is read, its signature taken away.</summary>
    public void Message(
        Connection connection,
        bool fromClient,
        ChannelState? channel,
        uint token,
        uint sequence,
        uint requestId,
        ReadOnlySpan<byte> body,
        bool isPartial,
        OpcUaAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output,
        uint channelId = 0,
        SecurityCode? security = null)
    {
        var reader = new UaReader(body);
        var typeId = reader.NodeId().StandardNumber;
        var service = ServiceTable.Find(typeId, out var isResponse);
        var data = body[reader.Position..];
        var isAnswer = service is null ? typeId == ServiceTable.ServiceFault || !fromClient : isResponse;
        if (service is null && typeId != ServiceTable.ServiceFault) anomalies |= OpcUaAnomaly.ServiceUnknown;
        else if (isAnswer == fromClient) anomalies |= OpcUaAnomaly.DirectionInvalid;
        var message = new IncomingMessage
        {
            Connection = connection,
            TypeId = typeId,
            Service = service,
            Channel = channel?.Id ?? channelId,
            Token = token,
            Sequence = sequence,
            RequestId = requestId,
            Data = data,
            IsPartial = isPartial,
            Anomalies = anomalies,
            Sighting = sighting,
            SecurityCode = (security ?? channel?.Code ?? default).Value,
            Security = security ?? channel?.Code ?? new SecurityCode(SecurityMode.Unknown, SecurityPolicies.NotSeen, default, false),
        };
        if (isAnswer) Response(ref message, output);
        else Request(ref message, output);
    }

    private void Request(ref IncomingMessage message, ObservationBatch output)
    {
        if (_pending.IndexOf(message.RequestId) is >= 0 and var age)
        {
            message.Anomalies |= OpcUaAnomaly.RequestIdReused;
            WriteWithoutResponse(message.Connection, age, Outcome.Unpaired, OpcUaAnomaly.None, output);
        }

        if (_pending.IsFull)
            WriteWithoutResponse(message.Connection, 0, Outcome.Unpaired, OpcUaAnomaly.TooManyOutstanding, output);
        var request = _pending.Add(message.RequestId);
        request.Time = message.Sighting.Time;
        request.Frame = message.Sighting.Frame;
        request.TypeId = message.TypeId;
        request.Service = message.Service;
        request.Channel = message.Channel;
        request.Token = message.Token;
        request.Sequence = message.Sequence;
        request.Anomalies = message.Anomalies;
        request.BodyAnomalies = OpcUaAnomaly.None;
        request.AnswerMayBeLost = false;
        request.IsPartial = message.IsPartial;
        request.SecurityCode = -1;
        request.Store(message.Data);

        var reader = new UaReader(message.Data);
        var header = new RequestHeader(ref reader);
        if (reader.Failed) request.BodyAnomalies = Faults(ref reader, message.IsPartial);
        request.BodyAt = reader.Failed ? request.Length : reader.Position;
        request.Session = header.Session;
        request.Actor = _sessions.ActorOf(header.Session);
        if (message.Service?.Operation is Operation.OpenChannel or Operation.OpenSession or Operation.Authenticate)
            Introduce(request, message);
        var waits = header.TimeoutHintMilliseconds > 0 ? header.TimeoutHintMilliseconds * 1_000_000L
            : message.TypeId == PublishRequest ? long.MaxValue
            : _timeoutNanoseconds;
        request.Deadline = waits > long.MaxValue - request.Time.UnixNanoseconds
            ? long.MaxValue
            : request.Time.UnixNanoseconds + waits;
        if (request.Deadline < _nextDeadline) _nextDeadline = request.Deadline;

        // Nobody answers the closing of a channel (Part 4 v1.05 §5.6.3).
        if (message.Service?.Operation == Operation.CloseChannel)
            WriteWithoutResponse(message.Connection, _pending.Count - 1, Outcome.Succeeded, OpcUaAnomaly.None, output);
    }

    private void Response(ref IncomingMessage message, ObservationBatch output)
    {
        var age = _pending.IndexOf(message.RequestId);
        if (age < 0)
        {
            var outcome = Outcome.Unsolicited;
            if (WasGivenUp(message.RequestId))
            {
                message.Anomalies |= OpcUaAnomaly.ResponseLate;
                outcome = Outcome.Unpaired;
            }
            else if (RequestsMayBeMissing || message.Connection.OneSided
                || message.Sighting.Time.UnixNanoseconds <= _requestsUncertainUntil)
            {
                outcome = Outcome.Unpaired;
            }

            Write(null, ref message, outcome, output);
            return;
        }

        var request = _pending[age];
        if (request.Service is not null && message.Service is not null && request.Service != message.Service)
            message.Anomalies |= OpcUaAnomaly.ResponseTypeMismatch;
        Write(request, ref message, Outcome.Succeeded, output);
        _pending.RemoveAt(age);
    }

    /// <summary>A message called off after its first chunks: StatusCode and reason instead of its end.</summary>
    public void Abort(
        Connection connection,
        bool fromClient,
        ChannelState channel,
        uint token,
        uint sequence,
        uint requestId,
        ReadOnlySpan<byte> body,
        OpcUaAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        anomalies |= OpcUaAnomaly.MessageAborted;
        var age = fromClient ? -1 : _pending.IndexOf(requestId);
        var reason = body.Length >= 4 ? ReadInt32LittleEndian(body) : -1;
        var request = age < 0 ? null : _pending[age];
        var service = request?.Service;
        output.Reserve(0);
        Add(output, new Observation
        {
            Time = request?.Time ?? sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = service?.Operation ?? Operation.Unknown,
            Outcome = request is null ? Outcome.Unpaired : Outcome.Rejected,
            Sender = fromClient ? Direction.ToServer : Direction.ToClient,
            Code = service is null ? (short)-1 : (short)service.RequestTypeId,
            SubCode = -1,
            Unit = -1,
            Reason = reason,
            Actor = request?.Actor ?? 0,
            Channel = channel.Id,
            ChannelToken = token,
            Sequence = request?.Sequence ?? sequence,
            Transaction = requestId,
            LatencyNanoseconds = request is null ? -1 : Latency(request, sighting),
            Anomalies = (ulong)(anomalies | (request?.Anomalies ?? OpcUaAnomaly.None)),
            RequestFrame = request?.Frame ?? (fromClient ? sighting.Frame : 0),
            ResponseFrame = fromClient ? 0 : sighting.Frame,
        });
        if (age >= 0) _pending.RemoveAt(age);
    }

    // ---- Who --------------------------------------------------------------------------------------------------------

    /// <summary>A request by which somebody introduces himself: its facts, and the password blanked.</summary>
    private void Introduce(PendingRequest request, in IncomingMessage message)
    {
        var security = message.Security;
        var body = request.Data[request.BodyAt..];
        switch (message.Service!.Operation)
        {
            case Operation.OpenSession:
                var application = ClientApplication(body, out var certificate);
                request.BodyAnomalies |= CertificateTable.Judge(_state.Certificates.Of(certificate), request.Time);
                if (application.Length > 0) request.Actor = _state.Actors.NumberOf(ActorText(application, ""));
                break;
            case Operation.Authenticate:
                if (!UserToken.TryFind(body, out var token))
                {
                    // What cannot be read may be a password.
                    request.CutAt(request.BodyAt);
                    request.IsPartial = true;
                    if (!message.IsPartial) request.BodyAnomalies |= OpcUaAnomaly.EncodingInvalid;
                    break;
                }

                security = security with { User = token.Kind, PasswordReadable = token.IsReadable };
                if (token.IsReadable) request.BodyAnomalies |= OpcUaAnomaly.PasswordReadable;
                if (token.Kind == UserTokenKind.Anonymous) request.BodyAnomalies |= OpcUaAnomaly.AnonymousUser;
                if (token.Kind == UserTokenKind.Certificate)
                {
                    request.BodyAnomalies |= CertificateTable.Judge(
                        _state.Certificates.Of(body.Slice(token.NameAt, token.NameLength)), request.Time);
                }

                body.Slice(token.SecretAt, token.SecretLength).Clear();
                request.Actor = _state.Actors.NumberOf(ActorText(
                    _sessions.ApplicationOf(request.Session), token.Text(body, _state.Certificates)));
                break;
            default:
                break;
        }

        request.SecurityCode = security.Value;
    }

    private static string ClientApplication(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> certificate)
    {
        var reader = new UaReader(body);
        var application = reader.String();
        reader.String();
        reader.LocalizedText();
        reader.Int32();
        reader.String();
        reader.String();
        var urls = reader.ArrayLength();
        for (var index = 0; index < urls && !reader.Failed; index++) reader.String();
        for (var index = 0; index < 3; index++) reader.String();
        reader.ByteString();
        certificate = reader.ByteString();
        return Encoding.UTF8.GetString(application);
    }

    private static string ActorText(string application, string user) =>
        application.Length == 0 ? user
        : user.Length == 0 ? $"application {application}"
        : $"{user}, application {application}";

    /// <summary>What an answered request changes in what is known of sessions and subscriptions.</summary>
    private void Take(PendingRequest request, ref UaReader response, CaptureTime now, ref OpcUaAnomaly anomalies)
    {
        switch (request.Service!.RequestTypeId)
        {
            case CreateSessionRequest:
                response.NodeId();
                var at = response.Position;
                var token = response.NodeId();
                var session = token.IsNull ? 0 : token.Hash(response.Data) | (ulong)token.Namespace << 32 | 1UL << 63;
                if (response.Failed || at == response.Position) break;
                _sessions.Set(session, ClientApplication(request.Data[request.BodyAt..], out _), request.Actor);
                response.Double();
                response.ByteString();
                anomalies |= CertificateTable.Judge(_state.Certificates.Of(response.ByteString()), now);
                break;
            case ActivateSessionRequest:
                _sessions.Set(request.Session, _sessions.ApplicationOf(request.Session), request.Actor);
                break;
            case CloseSessionRequest:
                _sessions.Remove(request.Session);
                break;
            case DeleteMonitoredItemsRequest:
                var deleting = new UaReader(request.Data[request.BodyAt..]);
                var subscription = deleting.UInt32();
                var items = deleting.ArrayLength();
                for (var index = 0; index < items && !deleting.Failed; index++)
                    _items.Remove(subscription, deleting.UInt32());
                break;
            case DeleteSubscriptionsRequest:
                var ending = new UaReader(request.Data[request.BodyAt..]);
                var subscriptions = ending.ArrayLength();
                var ended = new HashSet<uint>();
                for (var index = 0; index < Math.Min(subscriptions, _state.Options.MaximumOperations); index++)
                    ended.Add(ending.UInt32());
                if (_items.Count > 0) _items.RemoveSubscriptions(ended);
                break;
            default:
                break;
        }
    }

    /// <summary>The token an OpenSecureChannel response issues, and for how long.</summary>
    public static bool TryReadToken(ReadOnlySpan<byte> body, out uint token, out uint lifetimeMilliseconds)
    {
        var reader = new UaReader(body);
        token = lifetimeMilliseconds = 0;
        if (reader.NodeId().StandardNumber != OpenSecureChannelResponse) return false;
        _ = new ResponseHeader(ref reader);
        reader.UInt32();
        reader.UInt32();
        token = reader.UInt32();
        reader.Int64();
        lifetimeMilliseconds = reader.UInt32();
        return !reader.Failed;
    }

    // ---- Operations -------------------------------------------------------------------------------------------------

    /// <summary>Writes an answered request, or an answer without one.</summary>
    private void Write(PendingRequest? request, ref IncomingMessage message, Outcome outcome, ObservationBatch output)
    {
        var response = new UaReader(message.Data);
        var header = new ResponseHeader(ref response);
        var isFault = message.TypeId == ServiceTable.ServiceFault;
        var service = message.Service ?? request?.Service;
        var failed = StatusCodes.IsBad(header.ServiceResult);
        var anomalies = message.Anomalies;
        if (request is not null) anomalies |= request.Anomalies | request.BodyAnomalies;
        if (response.Failed) anomalies |= Faults(ref response, message.IsPartial);
        if (request is not null && service is not null && !failed && !isFault && !response.Failed && request.Service == service)
        {
            var copy = response;
            Take(request, ref copy, message.Sighting.Time, ref anomalies);
        }

        var writing = new Exchange
        {
            Request = request,
            Response = response,
            ResponseBodyAt = response.Position,
            ResponseSeen = true,
            ResponseEnds = isFault || failed || request is not null && message.Service is not null && request.Service != message.Service,
            ServiceFailed = failed,
            ServiceResult = header.ServiceResult,
            Outcome = outcome,
            Anomalies = anomalies,
            Service = service,
            IsResponsePartial = message.IsPartial,
        };
        Write(ref writing, ref message, output);
    }

    /// <summary>Writes a request that was not answered.</summary>
    private void WriteWithoutResponse(
        Connection connection, int age, Outcome outcome, OpcUaAnomaly anomalies, ObservationBatch output)
    {
        var request = _pending[age];
        if (outcome == Outcome.Unanswered && (request.AnswerMayBeLost || connection.OneSided)) outcome = Outcome.Unpaired;
        var message = new IncomingMessage
        {
            Connection = connection,
            Channel = request.Channel,
            Token = request.Token,
            Sequence = request.Sequence,
            RequestId = request.RequestId,
        };
        var writing = new Exchange
        {
            Request = request,
            Outcome = outcome,
            Anomalies = anomalies | request.Anomalies | request.BodyAnomalies,
            Service = request.Service,
        };
        Write(ref writing, ref message, output);
        _pending.RemoveAt(age);
    }

    private void Write(ref Exchange exchange, ref IncomingMessage message, ObservationBatch output)
    {
        var asked = exchange.Request is { } request ? new UaReader(request.Data[request.BodyAt..]) : default;
        exchange.Asked = asked;
        var service = exchange.Service;
        if (service is null)
        {
            WriteWhole(ref exchange, ref message, output);
        }
        else if (service.Operation == Operation.Notify && exchange.ResponseSeen && !exchange.ResponseEnds)
        {
            WriteNotifications(ref exchange, ref message, output);
        }
        else if (service.Request.Item is null)
        {
            FieldReader.Read(ref exchange.Asked, service.Request.Before);
            if (!exchange.ResponseEnds)
            {
                FieldReader.Read(ref exchange.Response, service.Response.Before);
                FieldReader.Read(ref exchange.Response, service.Response.After);
            }

            WriteWhole(ref exchange, ref message, output);
        }
        else
        {
            WriteItems(ref exchange, ref message, service, output);
        }
    }

    /// <summary>An exchange that is one operation: all fields behind the headers.</summary>
    private void WriteWhole(ref Exchange exchange, ref IncomingMessage message, ObservationBatch output)
    {
        var asked = exchange.Asked.Data;
        var given = exchange.ResponseSeen ? exchange.Response.Data[exchange.ResponseBodyAt..] : default;
        var anomalies = exchange.Anomalies | EndFaults(ref exchange);
        output.Reserve(Math.Min(asked.Length, ObservationBatch.MaximumMessageBytes)
            + Math.Min(given.Length, ObservationBatch.MaximumMessageBytes));
        var requestData = asked.IsEmpty ? default : output.Store(asked);
        var responseData = given.IsEmpty ? default : output.Store(given);
        Add(
            output, ref exchange, ref message, Target.None, Target.None, exchange.SecurityCode, 0, anomalies, default, false,
            requestData, responseData, default, default);
    }

    private void WriteItems(ref Exchange exchange, ref IncomingMessage message, Service service, ObservationBatch output)
    {
        var asks = exchange.Request is not null && exchange.Asked.Data.Length > 0;
        var gives = exchange.ResponseSeen && !exchange.ResponseEnds && service.Response.Item is not null;
        ItemFacts before = default;
        var asked = 0;
        if (asks)
        {
            FieldReader.Read(ref exchange.Asked, service.Request.Before, ref before);
            asked = exchange.Asked.ArrayLength();
        }

        var given = 0;
        if (gives)
        {
            FieldReader.Read(ref exchange.Response, service.Response.Before);
            given = exchange.Response.ArrayLength();
            if (asks && asked != given && !exchange.Asked.Failed && !exchange.Response.Failed && !exchange.IsPartial)
                exchange.Anomalies |= OpcUaAnomaly.ResultCountMismatch;
        }

        var count = Math.Max(asked, given);
        if (count == 0)
        {
            if (asks) FieldReader.Read(ref exchange.Asked, service.Request.After);
            if (gives) FieldReader.Read(ref exchange.Response, service.Response.After);
            exchange.Anomalies |= EndFaults(ref exchange);
            output.Reserve(0);
            Add(
                output, ref exchange, ref message, Target.None, Target.None, -1, 0, exchange.Anomalies, default, false,
                default, default, default, default);
            return;
        }

        var limit = Math.Min(count, _state.Options.MaximumOperations);
        if (limit < count)
        {
            exchange.Anomalies |= OpcUaAnomaly.OperationsCut;
            _state.Counters.Drop("operation beyond those written of one message", count - limit);
        }

        for (var index = 0; index < limit; index++)
        {
            if (index % ObservationBatch.Capacity == 0)
            {
                // The operations of one exchange stay together as far as a batch goes.
                output.TryReserve(
                    Math.Min(limit - index, ObservationBatch.Capacity), exchange.Asked.Remaining + exchange.Response.Remaining);
            }

            ItemFacts ask = default;
            ItemFacts give = default;
            var askAt = exchange.Asked.Position;
            var giveAt = exchange.Response.Position;
            if (index < asked) FieldReader.Read(ref exchange.Asked, service.Request.Item!, ref ask);
            var askEnd = exchange.Asked.Position;
            if (index < given) FieldReader.Read(ref exchange.Response, service.Response.Item!, ref give);
            var giveEnd = exchange.Response.Position;
            var isBroken = exchange.Asked.Failed || exchange.Response.Failed;
            var isLast = index == limit - 1 || isBroken;
            var anomalies = exchange.Anomalies;
            if (isLast && limit == count)
            {
                if (asks && index >= asked - 1) FieldReader.Read(ref exchange.Asked, service.Request.After);
                if (gives && index >= given - 1) FieldReader.Read(ref exchange.Response, service.Response.After);
                anomalies |= EndFaults(ref exchange);
            }
            else if (isBroken)
            {
                anomalies |= EndFaults(ref exchange);
            }

            if (service.RequestTypeId == TranslateBrowsePathsRequest && IsLongPath(exchange.Asked.Data[askAt..askEnd]))
                anomalies |= OpcUaAnomaly.PathTooLong;
            if (service.RequestTypeId is CreateMonitoredItemsRequest or ModifyMonitoredItemsRequest) Watch(service, before.Subscription, ask, give, ref exchange);
            WriteItem(
                ref exchange, ref message, service, before.Subscription, ref ask, ref give, index, anomalies, isBroken,
                exchange.Asked.Data[askAt..Math.Max(askAt, isBroken ? askAt : askEnd)],
                exchange.Response.Data[giveAt..Math.Max(giveAt, isBroken ? giveAt : giveEnd)], askAt, giveAt, output);
            if (isBroken) break;
        }
    }

    /// <summary>Whether a BrowsePath has more steps than values may have levels: address spaces are some ten deep.</summary>
    private static bool IsLongPath(ReadOnlySpan<byte> browsePath)
    {
        var reader = new UaReader(browsePath);
        reader.NodeId();
        return reader.Int32() > UaReader.MaximumNesting;
    }

    private void WriteItem(
        ref Exchange exchange,
        ref IncomingMessage message,
        Service service,
        uint subscription,
        ref ItemFacts ask,
        ref ItemFacts give,
        int index,
        OpcUaAnomaly anomalies,
        bool isBroken,
        ReadOnlySpan<byte> askData,
        ReadOnlySpan<byte> giveData,
        int askAt,
        int giveAt,
        ObservationBatch output)
    {
        var target = Target.None;
        var other = Target.None;
        var subCode = ask.HasAttribute ? (int)Math.Min(ask.Attribute, int.MaxValue) : -1;
        if (!ask.Node.IsNull) target = TargetOf(ask.Node, exchange.Asked.Data);
        else if (!give.Node.IsNull) target = TargetOf(give.Node, exchange.Response.Data);
        else if (ask.Identifier != 0 && _items.TryFindByIdentifier(subscription, ask.Identifier, out var item))
            (target, subCode) = (new Target(TargetSpace.Nodes, item.Node, 1), item.Attribute);
        if (!ask.Object.IsNull) other = TargetOf(ask.Object, exchange.Asked.Data);
        output.Reserve(Math.Min(askData.Length, ObservationBatch.MaximumMessageBytes)
            + Math.Min(giveData.Length, ObservationBatch.MaximumMessageBytes));
        var requestData = askData.IsEmpty ? default : output.Store(askData);
        var responseData = giveData.IsEmpty ? default : output.Store(giveData);
        Add(
            output, ref exchange, ref message, target, other, subCode, index, anomalies, give, isBroken, requestData,
            responseData, ValuesOf(requestData, ask, askAt), ValuesOf(responseData, give, giveAt));
    }

    private static ValueSlice ValuesOf(ValueSlice data, in ItemFacts facts, int itemAt) =>
        facts.ValueCount > 0 && facts.ValueAt - itemAt + facts.ValueLength <= data.Length
            ? data.Part(facts.ValueAt - itemAt, facts.ValueLength, Math.Min(facts.ValueCount, ushort.MaxValue), ValueEncoding.Variant)
            : default;

    private Target TargetOf(NodeIdView node, ReadOnlySpan<byte> data) =>
        new(TargetSpace.Nodes, _state.Nodes.NumberOf(node, data), 1);

    /// <summary>Remembers what a created or changed monitored item watches.</summary>
    private void Watch(Service service, uint subscription, in ItemFacts ask, in ItemFacts give, ref Exchange exchange)
    {
        if (!exchange.ResponseSeen || exchange.ResponseEnds || exchange.Request is null || StatusCodes.IsBad(give.Status)
            || exchange.Asked.Failed || exchange.Response.Failed) return;
        if (service.RequestTypeId == ModifyMonitoredItemsRequest)
        {
            _items.Rename(subscription, ask.Identifier, ask.Handle);
            return;
        }

        var before = _items.Overflowed;
        _items.Add(
            subscription, ask.Handle, give.Identifier, _state.Nodes.NumberOf(ask.Node, exchange.Asked.Data),
            (int)Math.Min(ask.Attribute, int.MaxValue));
        if (_items.Overflowed != before) _state.Counters.Drop("monitored item without room");
    }

    // ---- Notifications ----------------------------------------------------------------------------------------------

    private void WriteNotifications(ref Exchange exchange, ref IncomingMessage message, ObservationBatch output)
    {
        ref var response = ref exchange.Response;
        FieldReader.Read(ref exchange.Asked, exchange.Service!.Request.Before);
        uint subscription = 0;
        var isPublish = exchange.Service.RequestTypeId == PublishRequest;
        if (isPublish)
        {
            subscription = response.UInt32();
            var available = response.ArrayLength();
            response.Skip(available * 4);
            response.Boolean();
        }
        else if (exchange.Request is not null && exchange.Asked.Data.Length >= 4)
        {
            subscription = ReadUInt32LittleEndian(exchange.Asked.Data);
        }

        response.UInt32();
        response.Int64();
        var at = response.Position;
        var total = 0;
        var notifications = response.ArrayLength();
        for (var index = 0; index < notifications && !response.Failed; index++)
        {
            var body = response.ExtensionObject(out var type, out var encoding);
            if (encoding == 1 && body.Length >= 4 && type.StandardNumber is DataChangeNotification or EventNotificationList)
                total += Math.Clamp(ReadInt32LittleEndian(body), 0, body.Length);
            else total++;
        }

        if (isPublish) FieldReader.Read(ref response, PublishEnd);
        var anomalies = exchange.Anomalies | EndFaults(ref exchange);
        if (total == 0 || response.Failed)
        {
            // A keep-alive, or nothing that could be read.
            output.Reserve(0);
            Add(
                output, ref exchange, ref message, Target.None, Target.None, -1, 0, anomalies, default, response.Failed,
                default, default, default, default);
            return;
        }

        var limit = Math.Min(total, _state.Options.MaximumOperations);
        if (limit < total)
        {
            anomalies |= OpcUaAnomaly.OperationsCut;
            _state.Counters.Drop("operation beyond those written of one message", total - limit);
        }

        output.TryReserve(Math.Min(limit, ObservationBatch.Capacity), response.Data.Length - at);
        var again = new UaReader(response.Data[at..]);
        notifications = again.ArrayLength();
        var part = 0;
        for (var index = 0; index < notifications && part < limit; index++)
        {
            var body = again.ExtensionObject(out var type, out var encoding);
            var kind = encoding == 1 ? type.StandardNumber : 0;
            if (kind is DataChangeNotification or EventNotificationList && body.Length >= 4)
            {
                WriteNotified(ref exchange, ref message, subscription, body, kind, anomalies, limit, ref part, output);
                continue;
            }

            WriteOther(ref exchange, ref message, body, kind, anomalies, part++, output);
        }
    }

    private static readonly Field[] PublishEnd =
        [Field.ArrayOf("results", FieldKind.StatusCode), Field.ArrayOf("diagnosticInfos", FieldKind.DiagnosticInfo)];

    /// <summary>The values or events of one notification.</summary>
    private void WriteNotified(
        ref Exchange exchange,
        ref IncomingMessage message,
        uint subscription,
        ReadOnlySpan<byte> body,
        uint kind,
        OpcUaAnomaly anomalies,
        int limit,
        ref int part,
        ObservationBatch output)
    {
        var reader = new UaReader(body);
        var count = reader.ArrayLength();
        for (var index = 0; index < count && part < limit; index++)
        {
            var itemAt = reader.Position;
            ItemFacts facts = default;
            var handle = reader.UInt32();
            if (kind == DataChangeNotification)
            {
                reader.DataValue(out facts.ValueAt, out facts.ValueLength, out facts.Status);
                facts.ValueCount = facts.ValueLength > 0 ? 1 : 0;
            }
            else
            {
                facts.ValueCount = reader.ArrayLength();
                facts.ValueAt = reader.Position;
                for (var field = 0; field < facts.ValueCount && !reader.Failed; field++) reader.Variant();
                facts.ValueLength = reader.Position - facts.ValueAt;
            }

            var isBroken = reader.Failed;
            var own = anomalies | Faults(ref reader, false);
            var target = Target.None;
            var subCode = kind == EventNotificationList ? AttributeId.EventNotifier : -1;
            if (_items.TryFind(subscription, handle, out var item))
                (target, subCode) = (new Target(TargetSpace.Nodes, item.Node, 1), item.Attribute);
            var data = isBroken ? default : body[itemAt..reader.Position];
            output.Reserve(Math.Min(data.Length, ObservationBatch.MaximumMessageBytes));
            var responseData = data.IsEmpty ? default : output.Store(data);
            Add(
                output, ref exchange, ref message, target, Target.None, subCode, part++, own, facts, isBroken, default,
                responseData, default, ValuesOf(responseData, facts, itemAt));
            if (isBroken) return;
        }
    }

    /// <summary>The subscription's own status, or a notification the standard does not know: kept as it is.</summary>
    private void WriteOther(
        ref Exchange exchange,
        ref IncomingMessage message,
        ReadOnlySpan<byte> body,
        uint kind,
        OpcUaAnomaly anomalies,
        int part,
        ObservationBatch output)
    {
        ItemFacts facts = default;
        if (kind == StatusChangeNotification && body.Length >= 4) facts.Status = ReadUInt32LittleEndian(body);
        output.Reserve(Math.Min(body.Length, ObservationBatch.MaximumMessageBytes));
        var data = body.IsEmpty ? default : output.Store(body);
        Add(
            output, ref exchange, ref message, Target.None, Target.None, AttributeId.None, part, anomalies, facts, false,
            default, data, default, default);
    }

    // ---- Observations -----------------------------------------------------------------------------------------------

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Add(
        ObservationBatch output,
        ref Exchange exchange,
        ref IncomingMessage message,
        Target target,
        Target other,
        int subCode,
        int part,
        OpcUaAnomaly anomalies,
        in ItemFacts given,
        bool isBroken,
        ValueSlice requestData,
        ValueSlice responseData,
        ValueSlice requestValues,
        ValueSlice responseValues)
    {
        var request = exchange.Request;
        var service = exchange.Service;
        var outcome = exchange.Outcome;
        var reason = -1;
        if (exchange.ServiceFailed) reason = (int)exchange.ServiceResult;
        else if (StatusCodes.IsBad(given.Status)) reason = (int)given.Status;
        if (reason != -1 && outcome == Outcome.Succeeded) outcome = Outcome.Rejected;
        if (isBroken && outcome == Outcome.Succeeded) outcome = Outcome.Undecodable;
        var isNotification = service?.Operation == Operation.Notify && exchange.ResponseSeen;
        Add(output, new Observation
        {
            Time = request is null || isNotification ? message.Sighting.Time : request.Time,
            Connection = message.Connection,
            Protocol = _protocol,
            Operation = service?.Operation ?? Operation.Unknown,
            Outcome = outcome,
            Sender = request is null || isNotification ? Direction.ToClient : Direction.ToServer,
            Code = (short)(service?.RequestTypeId ?? -1),
            SubCode = subCode,
            Unit = -1,
            Reason = reason,
            Target = target,
            WriteTarget = other,
            // A report whose request was lost is still for the session that is open.
            Actor = request?.Actor ?? (isNotification ? _sessions.OnlyActor : 0),
            Channel = message.Channel,
            ChannelToken = request?.Token ?? message.Token,
            Sequence = request?.Sequence ?? message.Sequence,
            Part = (ushort)Math.Min(part, ushort.MaxValue),
            Transaction = message.RequestId,
            LatencyNanoseconds = request is null || !exchange.ResponseSeen ? -1 : Latency(request, message.Sighting),
            Silence = Silence.None,
            Anomalies = (ulong)anomalies,
            RequestData = requestData,
            ResponseData = responseData,
            RequestValues = requestValues,
            ResponseValues = responseValues,
            RequestFrame = request?.Frame ?? 0,
            ResponseFrame = exchange.ResponseSeen ? message.Sighting.Frame : 0,
        });
    }

    private void Add(ObservationBatch output, in Observation observation)
    {
        _state.Observations++;
        output.Add(observation);
    }

    private static long Latency(PendingRequest request, Sighting answered) =>
        Math.Max(0, answered.Time.UnixNanoseconds - request.Time.UnixNanoseconds);

    /// <summary>What is wrong at the end of what was read of both messages.</summary>
    private static OpcUaAnomaly EndFaults(ref Exchange exchange)
    {
        var anomalies = OpcUaAnomaly.None;
        if (exchange.Request is { } request)
        {
            anomalies |= Faults(ref exchange.Asked, request.IsPartial);
            if (exchange.Asked is { Failed: false, Remaining: > 0 } && exchange.Service is not null && !request.IsPartial)
                anomalies |= OpcUaAnomaly.TrailingBytes;
        }

        if (exchange.ResponseSeen)
        {
            anomalies |= Faults(ref exchange.Response, exchange.IsResponsePartial);
            if (exchange.Response is { Failed: false, Remaining: > 0 } && !exchange.ResponseEnds && exchange.Service is not null
                && !exchange.IsResponsePartial)
                anomalies |= OpcUaAnomaly.TrailingBytes;
        }

        return anomalies;
    }

    private static OpcUaAnomaly Faults(ref UaReader reader, bool isPartial)
    {
        var text = reader.HasBadText ? OpcUaAnomaly.TextInvalid : OpcUaAnomaly.None;
        if (reader.HasOddMatrix) text |= OpcUaAnomaly.EncodingInvalid;
        return text | reader.Fault switch
        {
            EncodingFault.None => OpcUaAnomaly.None,
            EncodingFault.TooShort => isPartial ? OpcUaAnomaly.None : OpcUaAnomaly.EncodingInvalid,
            EncodingFault.Invalid => OpcUaAnomaly.EncodingInvalid,
            EncodingFault.TooDeep => OpcUaAnomaly.NestingTooDeep,
        };
    }

    // ---- What is no exchange ----------------------------------------------------------------------------------------

    public void Hello(Connection connection, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        if (_helloWaits) WriteHandshake(connection, default, default, Outcome.Unpaired, -1, output);
        if (_hello.Length < data.Length) _hello = new byte[data.Length];
        data.CopyTo(_hello);
        _helloLength = data.Length;
        _helloSeen = sighting;
        _helloWaits = true;
    }

    private int _helloLength;

    public void Acknowledge(Connection connection, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output) =>
        WriteHandshake(connection, data, sighting, _helloWaits ? Outcome.Succeeded : Outcome.Unpaired, -1, output);

    /// <summary>An error message: the refusal of a Hello, or the end of a connection.</summary>
    public void Error(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        var reason = ReadInt32LittleEndian(data[8..]);
        if (_helloWaits)
        {
            WriteHandshake(connection, data, sighting, Outcome.Rejected, reason, output);
            return;
        }

        WriteAlone(connection, direction, MessageCode.Error, Operation.Handshake, Outcome.Rejected, reason, data, sighting, output);
    }

    public void ReverseHello(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output) =>
        WriteAlone(
            connection, direction, MessageCode.ReverseHello, Operation.Handshake, Outcome.Succeeded, -1, data, sighting, output);

    private void WriteHandshake(
        Connection connection,
        ReadOnlySpan<byte> answer,
        Sighting answered,
        Outcome outcome,
        int reason,
        ObservationBatch output)
    {
        ReadOnlySpan<byte> hello = _helloWaits ? _hello.AsSpan(0, _helloLength) : default;
        output.Reserve(hello.Length + answer.Length);
        var requestData = hello.IsEmpty ? default : output.Store(hello);
        var responseData = answer.IsEmpty ? default : output.Store(answer);
        Add(output, new Observation
        {
            Time = _helloWaits ? _helloSeen.Time : answered.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = Operation.Handshake,
            Outcome = outcome,
            Sender = _helloWaits ? Direction.ToServer : Direction.ToClient,
            Code = MessageCode.Hello,
            SubCode = -1,
            Unit = -1,
            Reason = reason,
            LatencyNanoseconds = _helloWaits && answered.Frame != 0
                ? Math.Max(0, answered.Time.UnixNanoseconds - _helloSeen.Time.UnixNanoseconds)
                : -1,
            RequestData = requestData,
            ResponseData = responseData,
            RequestFrame = _helloWaits ? _helloSeen.Frame : 0,
            ResponseFrame = answered.Frame,
        });
        _helloWaits = false;
    }

    /// <summary>An OpenSecureChannel message that is encrypted behind its header: policy and certificate.</summary>
    public void WriteOpening(
        Connection connection,
        Direction direction,
        uint channel,
        SecurityCode security,
        ReadOnlySpan<byte> data,
        OpcUaAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        output.Reserve(data.Length);
        var slice = output.Store(data);
        var isRequest = direction == Direction.ToServer;
        Add(output, new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = Operation.OpenChannel,
            Outcome = Outcome.Unpaired,
            Sender = direction,
            Code = MessageCode.SecuredOpen,
            SubCode = security.Value,
            Unit = -1,
            Reason = -1,
            Channel = channel,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomalies,
            RequestData = isRequest ? slice : default,
            ResponseData = isRequest ? default : slice,
            RequestFrame = isRequest ? sighting.Frame : 0,
            ResponseFrame = isRequest ? 0 : sighting.Frame,
        });
    }

    /// <summary>An encrypted message: its header is all that is kept.</summary>
    public void WriteConcealed(
        Connection connection,
        Direction direction,
        ChannelState channel,
        uint token,
        ReadOnlySpan<byte> data,
        OpcUaAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        output.Reserve(MessageHeader.SymmetricBytes);
        var slice = output.Store(data[..MessageHeader.SymmetricBytes]);
        var isRequest = direction == Direction.ToServer;
        Add(output, new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = Operation.Concealed,
            Outcome = Outcome.Unpaired,
            Sender = direction,
            Code = MessageCode.Concealed,
            SubCode = channel.Code.Value,
            Unit = -1,
            Reason = -1,
            Channel = channel.Id,
            ChannelToken = token,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomalies,
            RequestData = isRequest ? slice : default,
            ResponseData = isRequest ? default : slice,
            RequestFrame = isRequest ? sighting.Frame : 0,
            ResponseFrame = isRequest ? 0 : sighting.Frame,
        });
    }

    public void WriteUndecodable(
        Connection connection, Direction direction, OpcUaAnomaly anomaly, Sighting sighting, ObservationBatch output)
    {
        output.Reserve(0);
        Add(output, new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = Operation.Unknown,
            Outcome = Outcome.Undecodable,
            Sender = direction,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomaly,
            RequestFrame = direction == Direction.ToServer ? sighting.Frame : 0,
            ResponseFrame = direction == Direction.ToClient ? sighting.Frame : 0,
        });
    }

    private void WriteAlone(
        Connection connection,
        Direction direction,
        short code,
        Operation operation,
        Outcome outcome,
        int reason,
        ReadOnlySpan<byte> data,
        Sighting sighting,
        ObservationBatch output)
    {
        output.Reserve(data.Length);
        var slice = output.Store(data);
        var isRequest = direction == Direction.ToServer;
        Add(output, new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = _protocol,
            Operation = operation,
            Outcome = outcome,
            Sender = direction,
            Code = code,
            SubCode = -1,
            Unit = -1,
            Reason = reason,
            LatencyNanoseconds = -1,
            RequestData = isRequest ? slice : default,
            ResponseData = isRequest ? default : slice,
            RequestFrame = isRequest ? sighting.Frame : 0,
            ResponseFrame = isRequest ? 0 : sighting.Frame,
        });
    }

    // ---- Ends -------------------------------------------------------------------------------------------------------

    /// <summary>Gives up what has waited for longer than its time-out.</summary>
    public void GiveUp(Connection connection, CaptureTime now, ObservationBatch output)
    {
        if (now.UnixNanoseconds > _nextDeadline) GiveUpExpired(connection, now, output);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveUpExpired(Connection connection, CaptureTime now, ObservationBatch output)
    {
        var next = long.MaxValue;
        for (var age = 0; age < _pending.Count;)
        {
            var request = _pending[age];
            if (now.UnixNanoseconds <= request.Deadline)
            {
                next = Math.Min(next, request.Deadline);
                age++;
                continue;
            }

            _givenUp[_givenUpNext++ % GivenUpCapacity] = 1UL << 32 | request.RequestId;
            WriteWithoutResponse(connection, age, Outcome.Unanswered, OpcUaAnomaly.None, output);
        }

        _nextDeadline = next;
    }

    /// <summary>Bytes are missing: what waits may have been answered, and answers may have lost their requests.</summary>
    public void OnGap(bool ofClient, CaptureTime now)
    {
        if (ofClient)
        {
            _requestsUncertainUntil = now.UnixNanoseconds + _timeoutNanoseconds;
            return;
        }

        for (var age = 0; age < _pending.Count; age++) _pending[age].AnswerMayBeLost = true;
    }

    /// <summary>The connection is over: what waits is written.</summary>
    public void Close(Connection connection, bool captureEnded, ObservationBatch output)
    {
        if (_helloWaits)
            WriteHandshake(connection, default, default, captureEnded ? Outcome.Unpaired : Outcome.Unanswered, -1, output);
        while (_pending.Count > 0)
        {
            // A Publish request waits for something to happen: that nothing did is no silence.
            var outcome = captureEnded || _pending[0].TypeId == PublishRequest ? Outcome.Unpaired : Outcome.Unanswered;
            WriteWithoutResponse(connection, 0, outcome, OpcUaAnomaly.None, output);
        }
    }

    private bool WasGivenUp(uint requestId)
    {
        for (var index = 0; index < GivenUpCapacity; index++)
        {
            if (_givenUp[index] != (1UL << 32 | requestId)) continue;
            _givenUp[index] = 0;
            return true;
        }

        return false;
    }

    /// <summary>A message as it came in.</summary>
    private ref struct IncomingMessage
    {
        public Connection Connection;
        public uint TypeId;
        public Service? Service;
        public uint Channel;
        public uint Token;
        public uint Sequence;
        public uint RequestId;
        public ReadOnlySpan<byte> Data;
        public bool IsPartial;
        public OpcUaAnomaly Anomalies;
        public Sighting Sighting;
        public int SecurityCode;
        public SecurityCode Security;
    }

    /// <summary>Both sides of an exchange while it is written.</summary>
    private ref struct Exchange
    {
        public PendingRequest? Request;
        public UaReader Asked;
        public UaReader Response;
        public bool ResponseSeen;

        /// <summary>The response has nothing behind its header: a fault, or another service's.</summary>
        public bool ResponseEnds;
        public bool ServiceFailed;
        public uint ServiceResult;
        public Outcome Outcome;
        public OpcUaAnomaly Anomalies;
        public Service? Service;
        public bool IsResponsePartial;
        public int ResponseBodyAt;

        public readonly bool IsPartial => IsResponsePartial || Request is { IsPartial: true };

        public readonly int SecurityCode => Request?.SecurityCode ?? -1;
    }
}
