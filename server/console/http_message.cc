#include "server/console/http_message.h"

#include <fmt/format.h>

#include <algorithm>

namespace evlog::server {

namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

// A word up to the next space, which is taken as well. Empty: there is none.
std::string_view TakeWord(std::string_view* line) {
  const size_t end = line->find(' ');
  if (end == std::string_view::npos) return {};
  const std::string_view word = line->substr(0, end);
  line->remove_prefix(end + 1);
  return std::all_of(word.begin(), word.end(), IsVisible) ? word : std::string_view();
}

}  // namespace

std::optional<HttpRequest> ParseHttpRequest(std::string_view head) {
  const size_t end = head.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = head.substr(0, end);
  HttpRequest request;
  request.method = TakeWord(&line);
  request.path = TakeWord(&line);
  if (request.method.empty() || !request.path.starts_with('/')) return std::nullopt;
  if (line != "HTTP/1.1" && line != "HTTP/1.0") return std::nullopt;
  request.path = request.path.substr(0, request.path.find('?'));
  return request;
}

std::string EncodeHttpResponse(const HttpResponse& response, bool with_body) {
  std::string bytes = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n{}Connection: close\r\n\r\n",
      response.status, Reason(response.status), response.content_type, response.body.size(),
      response.status == 405 ? "Allow: GET, HEAD\r\n" : "");
  if (with_body) bytes += response.body;
  return bytes;
}

}  // namespace evlog::server
