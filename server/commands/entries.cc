#include "server/commands/entries.h"

#include "log/base/status.h"

namespace evlog::server {

void WriteEntry(RespWriter& reply, const EntryView& entry) {
  reply.Array(2);
  WriteEntryBody(reply, entry);
}

void WriteEntryBody(RespWriter& reply, const EntryView& entry) {
  reply.Id(entry.id);
  reply.Array(2 * static_cast<size_t>(entry.fields.size()));
  for (const FieldView& field : entry.fields) {
    reply.Bulk(field.name);
    reply.Bulk(field.value);
  }
}

absl::StatusOr<size_t> WriteEntries(RespWriter& reply, EventLog& log, const ReadRequest& request,
                                    size_t bytes_max) {
  ASSIGN_OR_RETURN(Cursor cursor, log.Read(request));
  return WriteEntries(reply, cursor, bytes_max);
}

absl::StatusOr<size_t> WriteEntries(RespWriter& reply, Cursor& cursor, size_t bytes_max) {
  const size_t begin = reply.Mark();
  size_t written = 0;
  ChunkView chunk;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&chunk));
    if (!more) return written;
    for (const EntryView& entry : chunk) {
      if (written > 0 && reply.Mark() - begin >= bytes_max) return written;
      WriteEntry(reply, entry);
      ++written;
    }
  }
}

}  // namespace evlog::server
