/* PCAN-Basic as its header documents it, with frames and states that a test hands in. CAN_Write counts that it was called. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define OK 0x0u
#define QUEUE_EMPTY 0x20u
#define NOT_INITIALIZED 0x4000000u
#define ILLEGAL_PARAMETER 0x4000u

#pragma pack(push, 4)
typedef struct { uint32_t id; uint8_t type; uint8_t length; uint8_t data[8]; } message;
typedef struct { uint32_t millis; uint16_t overflows; uint16_t micros; } stamp;
typedef struct { uint32_t id; uint8_t type; uint8_t length_code; uint8_t data[64]; } message_fd;
#pragma pack(pop)

typedef struct { uint32_t status; int has_message; message_fd message; uint64_t micros; } entry;

static entry queue[256];
static int head, tail, initialized, writes, refuses_listen_only, ignores_listen_only;
static uint32_t listen_only, state, initialize_status, error_frames, status_frames;
static char calls[4096];

static void note(const char *text) { strncat(calls, text, sizeof calls - strlen(calls) - 1); }

void fake_reset(void)
{
    head = tail = initialized = writes = refuses_listen_only = ignores_listen_only = 0;
    listen_only = state = initialize_status = error_frames = status_frames = 0;
    calls[0] = 0;
}

void fake_push(uint32_t status, int has_message, uint32_t id, uint8_t type, uint8_t length, const uint8_t *data, int count, uint64_t micros)
{
    entry *e = &queue[tail++ % 256];
    memset(e, 0, sizeof *e);
    e->status = status;
    e->has_message = has_message;
    e->message.id = id;
    e->message.type = type;
    e->message.length_code = length;
    e->micros = micros;
    if (count > 0) memcpy(e->message.data, data, count > 64 ? 64 : (size_t)count);
}

void fake_state(uint32_t value) { state = value; }
void fake_initialize_status(uint32_t value) { initialize_status = value; }
void fake_refuse_listen_only(int refuses, int ignores) { refuses_listen_only = refuses; ignores_listen_only = ignores; }
const char *fake_calls(void) { return calls; }
int fake_writes(void) { return writes; }
int fake_initialized(void) { return initialized; }

uint32_t CAN_Initialize(uint16_t channel, uint16_t timing, uint8_t hardware, uint32_t port, uint16_t interrupt)
{
    char line[64];
    (void)hardware; (void)port; (void)interrupt;
    snprintf(line, sizeof line, "Initialize(%X,%04X) ", channel, timing);
    note(line);
    if (initialize_status == OK || initialize_status == 0x2000000u) initialized = 1;
    return initialize_status;
}

uint32_t CAN_InitializeFD(uint16_t channel, char *timing)
{
    char line[512];
    snprintf(line, sizeof line, "InitializeFD(%X,%s) ", channel, timing);
    note(line);
    if (initialize_status == OK) initialized = 2;
    return initialize_status;
}

uint32_t CAN_Uninitialize(uint16_t channel)
{
    (void)channel;
    note("Uninitialize ");
    initialized = 0;
    return OK;
}

uint32_t CAN_GetStatus(uint16_t channel) { (void)channel; return initialized ? state : NOT_INITIALIZED; }

uint32_t CAN_Read(uint16_t channel, message *m, stamp *s)
{
    entry *e;
    (void)channel;
    if (initialized != 1) return NOT_INITIALIZED;
    if (head == tail) return QUEUE_EMPTY | state;
    e = &queue[head++ % 256];
    if (e->has_message) {
        m->id = e->message.id;
        m->type = e->message.type;
        m->length = e->message.length_code;
        memcpy(m->data, e->message.data, 8);
        s->micros = (uint16_t)(e->micros % 1000);
        s->millis = (uint32_t)(e->micros / 1000);
        s->overflows = (uint16_t)(e->micros / 1000 >> 32);
    }
    return e->status;
}

uint32_t CAN_ReadFD(uint16_t channel, message_fd *m, uint64_t *micros)
{
    entry *e;
    (void)channel;
    if (initialized != 2) return NOT_INITIALIZED;
    if (head == tail) return QUEUE_EMPTY | state;
    e = &queue[head++ % 256];
    if (e->has_message) {
        *m = e->message;
        *micros = e->micros;
    }
    return e->status;
}

uint32_t CAN_Write(uint16_t channel, message *m) { (void)channel; (void)m; writes++; return OK; }
uint32_t CAN_WriteFD(uint16_t channel, message_fd *m) { (void)channel; (void)m; writes++; return OK; }

uint32_t CAN_GetValue(uint16_t channel, uint8_t parameter, void *buffer, uint32_t bytes)
{
    char line[64];
    switch (parameter) {
    case 0x05: snprintf(buffer, bytes, "4.7.0.3"); return OK;
    case 0x08:
        snprintf(line, sizeof line, "GetValue(8)=%u ", listen_only);
        note(line);
        *(uint32_t *)buffer = listen_only;
        return OK;
    case 0x0D: *(uint32_t *)buffer = channel == 0x51 ? 1 : 0; return OK;
    case 0x0E: snprintf(buffer, bytes, "PCAN-USB FD"); return OK;
    case 0x16: *(uint32_t *)buffer = 1; return OK;
    default: return ILLEGAL_PARAMETER;
    }
}

uint32_t CAN_SetValue(uint16_t channel, uint8_t parameter, void *buffer, uint32_t bytes)
{
    char line[64];
    uint32_t value = *(uint32_t *)buffer;
    (void)channel; (void)bytes;
    snprintf(line, sizeof line, "SetValue(%X,%u) ", parameter, value);
    note(line);
    switch (parameter) {
    case 0x08:
        if (refuses_listen_only) return ILLEGAL_PARAMETER;
        if (!ignores_listen_only) listen_only = value;
        return OK;
    case 0x1E: status_frames = value; return OK;
    case 0x20: error_frames = value; return OK;
    default: return ILLEGAL_PARAMETER;
    }
}

uint32_t CAN_GetErrorText(uint32_t status, uint16_t language, char *buffer)
{
    if (language != 9) return ILLEGAL_PARAMETER;
    snprintf(buffer, 256, "Words for status %X", status);
    return OK;
}
