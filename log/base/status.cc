#include "log/base/status.h"

namespace evlog {

absl::Status Annotate(const absl::Status& status, const std::string& context) {
  if (status.ok()) return status;
  return Error(status.code(), "{}: {}", context, MessageOf(status));
}

std::string Quoted(std::string_view bytes, size_t max) {
  std::string text = "\"";
  for (char c : bytes.substr(0, max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  text += bytes.size() > max ? fmt::format("...\" ({} bytes)", bytes.size()) : "\"";
  return text;
}

}  // namespace evlog
