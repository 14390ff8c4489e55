// CSV and JSON lines. The first byte says in which pieces the others arrive: that must not matter.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/record_source.h"
#include "tests/cli/pieces_source.h"

namespace {

using evlog::cli::RecordFormat;

// All records, so that two runs can be compared.
std::string ReadAll(RecordFormat format, std::string_view bytes, size_t piece) {
  evlog::cli::PiecesSource source(bytes, piece);
  evlog::cli::Input input(&source, /*window_bytes_max=*/size_t{1} << 20, /*block_bytes=*/64);
  const auto records = evlog::cli::MakeRecordSource(format, &input);
  std::string all;
  std::vector<evlog::FieldView> fields;
  for (;;) {
    const auto more = records->Next(&fields);
    all += std::to_string(records->line()) + (more.ok() ? "+" : "!");
    if (!more.ok() || !*more) return all;
    if (fields.empty()) __builtin_trap();
    for (const evlog::FieldView& field : fields) {
      all.append(field.name).append("=").append(field.value).append("|");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = std::max<size_t>(data[0] % 16, 1);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (RecordFormat format : {RecordFormat::kLines, RecordFormat::kJsonLines, RecordFormat::kCsv}) {
    if (ReadAll(format, bytes, piece) != ReadAll(format, bytes, SIZE_MAX)) __builtin_trap();
  }
  return 0;
}
