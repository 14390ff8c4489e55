// Requests from the network. The first byte says in which pieces they arrive: that must not matter,
// nor may any of it be read past its end (each piece lies in a buffer of its own).
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/wire/resp_parser.h"
#include "tests/fuzz/check.h"

namespace {

using evlog::server::RequestLimits;
using evlog::server::RespParser;

std::string ReadAll(std::string_view bytes, size_t piece) {
  const RequestLimits limits{
      .args = 64, .bulk_bytes = 1024, .request_bytes = 4096, .line_bytes = 64};
  RespParser parser(&limits);
  std::string all;
  size_t begin = 0;
  for (size_t end = 0; end < bytes.size();) {
    end += std::min(piece, bytes.size() - end);
    while (begin < end) {
      const std::string_view come = bytes.substr(begin, end - begin);
      const std::unique_ptr<char[]> buffer(new char[come.size()]);
      std::copy(come.begin(), come.end(), buffer.get());
      const RespParser::Result result = parser.Parse({buffer.get(), come.size()});
      if (result == RespParser::Result::kMore) break;
      if (result == RespParser::Result::kError) return all + parser.error();
      evlog::Check(parser.consumed() > 0 && parser.consumed() <= come.size());
      for (const std::string_view arg : parser.args()) all.append(arg).append("|");
      all.append("\n");
      begin += parser.consumed();
    }
    parser.Shrink();
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = std::max<size_t>(data[0] % 16, 1);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  evlog::Check(ReadAll(bytes, piece) == ReadAll(bytes, SIZE_MAX));
  return 0;
}
