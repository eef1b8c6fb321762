namespace OtGuard.Collectors.OpcUa.Transport;

/// <summary>A chunk as it was read. What is encrypted or is no part of its type is null.</summary>
internal readonly record struct ChunkSeen(
    long Frame, MessageHeader Header, uint? Token, uint? Sequence, uint? RequestId, uint? TypeId);

/// <summary>Is told of every chunk.</summary>
internal interface IChunkListener
{
    void OnChunk(in ChunkSeen chunk);
}
