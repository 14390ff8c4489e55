// Chunks as they are stored: what decodes can be walked both ways, and is the same when encoded
// again.
#include <cstdint>
#include <string_view>

#include "log/chunk.h"
#include "tests/fuzz/check.h"
#include "tests/log/chunks.h"

namespace evlog {
namespace {

void CheckHeader(const ChunkHeader& header) {
  Check(header.count != 0 && header.next_offset() > header.base_offset);
  EntryId before;
  for (size_t i = 0; i < header.ids.size(); ++i) {
    const IdRun& run = header.ids[i];
    Check(run.count != 0 && run.step != 0 && run.first <= run.last());
    Check(i == 0 || before < run.first);
    before = run.last();
  }
}

void CheckViews(const ChunkRef& chunk) {
  const std::vector<OwnedEntry> entries = Walk(chunk);
  Check(entries.size() == chunk->count());
  for (uint32_t i = 0; i < chunk->count(); ++i) {
    Check(entries[i].id == chunk->IdAt(i));
    Check(entries[i].offset == chunk->header().base_offset + i);
    Check(chunk->CountBelow(entries[i].id) == i);
  }
  std::vector<OwnedEntry> backward = Walk(chunk, true);
  std::reverse(backward.begin(), backward.end());
  Check(backward == entries);
}

void Run(std::string_view bytes) {
  const absl::StatusOr<ChunkRef> chunk = Chunk::Decode(bytes);
  if (!chunk.ok()) return Check(absl::IsDataLoss(chunk.status()));
  CheckHeader((*chunk)->header());
  CheckViews(*chunk);

  ChunkBuffer buffer;
  buffer.Append((*chunk)->entries());
  const ChunkRef sealed = std::move(buffer).Seal((*chunk)->header());
  const absl::StatusOr<ChunkRef> again = Chunk::Decode(sealed->bytes());
  Check(again.ok());
  Check((*again)->header().ids == (*chunk)->header().ids);
  Check((*again)->header().partition == (*chunk)->header().partition);
  Check((*again)->header().next_offset() == (*chunk)->header().next_offset());
  Check((*again)->entries() == (*chunk)->entries());
}

}  // namespace
}  // namespace evlog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  evlog::Run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
