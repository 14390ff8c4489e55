// What a scraper, or anybody, sends to the HTTP port.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "server/console/http_message.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::unique_ptr<char[]> exact(new char[size]);
  std::copy(data, data + size, exact.get());
  const std::string_view bytes(exact.get(), size);
  const auto request = evlog::server::ParseHttpRequest(bytes);
  if (!request) return 0;
  const auto inside = [&bytes](std::string_view part) {
    return part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + bytes.size();
  };
  evlog::Check(!request->method.empty() && inside(request->method));
  evlog::Check(!request->path.empty() && inside(request->path));
  return 0;
}
