// Line formats of users: what parses can be expanded, whatever the entry holds.
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/template.h"
#include "tests/cli/entry_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = evlog::cli::Template::Parse(text);
  if (!parsed.ok()) {
    if (!absl::IsInvalidArgument(parsed.status())) __builtin_trap();
    return 0;
  }
  evlog::cli::EntryBuilder entry({{"name", text}, {text, "value"}});
  entry.Key(std::string(text)).Id({UINT64_MAX, 1});
  std::string out;
  parsed->Append(entry.view(), {"stream"}, &out);
  return 0;
}
