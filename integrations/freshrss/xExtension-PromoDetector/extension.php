<?php

declare(strict_types=1);

/**
 * Sends each new article to a promo-detector service before it is stored, and stores what comes back.
 *
 * An article is never lost and a refresh never held up: where the service is away, slow or says no, the article is stored as it came.
 */
final class PromoDetectorExtension extends Minz_Extension {
	public const DEFAULT_URL = 'http://localhost:8080';
	public const DEFAULT_TIMEOUT_MS = 3000;
	private const MIN_TIMEOUT_MS = 100;
	private const MAX_TIMEOUT_MS = 30000;

	/** So many failures one after the other, and the rest of the refresh goes without the service. */
	private const MAX_FAILURES = 2;

	private int $n_failures = 0;

	public function init(): void {
		$this->registerHook('entry_before_insert', [$this, 'cleanEntry']);
	}

	public function handleConfigureAction(): void {
		if (!Minz_Request::isPost()) {
			return;
		}
		$url = rtrim(Minz_Request::paramString('url', true), '/');
		$this->setUserConfiguration([
			'url' => self::isAddress($url) ? $url : self::DEFAULT_URL,
			'key' => Minz_Request::paramString('key', true),
			'timeout_ms' => self::bounded(Minz_Request::paramInt('timeout_ms')),
		]);
	}

	public function url(): string {
		$url = $this->getUserConfigurationValue('url', self::DEFAULT_URL);
		return is_string($url) && self::isAddress($url) ? $url : self::DEFAULT_URL;
	}

	public function key(): string {
		$key = $this->getUserConfigurationValue('key', '');
		return is_string($key) ? $key : '';
	}

	public function timeoutMs(): int {
		$timeout_ms = $this->getUserConfigurationValue('timeout_ms', self::DEFAULT_TIMEOUT_MS);
		return self::bounded(is_numeric($timeout_ms) ? (int)$timeout_ms : self::DEFAULT_TIMEOUT_MS);
	}

	/** The hook: gives the article back in any case. */
	public function cleanEntry(FreshRSS_Entry $entry): FreshRSS_Entry {
		// Without the enclosures, which FreshRSS would otherwise write into the content.
		$content = $entry->content(false);
		if (trim($content) === '' || $this->n_failures >= self::MAX_FAILURES) {
			return $entry;
		}
		// An article without a headline gives its identifier as one.
		$title = $entry->title() === $entry->guid() ? null : htmlspecialchars_decode($entry->title(), ENT_QUOTES);
		$cleaned = $this->cleaned($content, $title);
		if ($cleaned !== null && $cleaned !== $content && trim($cleaned) !== '') {
			// FreshRSS tells by the hash whether the article in the feed has changed, so it must stay that of the feed's own.
			$hash = $entry->hash();
			$entry->_content($cleaned);
			$entry->_hash($hash);
		}
		return $entry;
	}

	/** Returns the content cleaned, or null where the service did not do it. */
	private function cleaned(string $content, ?string $title): ?string {
		try {
			$body = json_encode(['html' => $content, 'title' => $title], JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
		} catch (JsonException $error) {
			return $this->failed('the article is not in UTF-8', false);
		}
		$headers = ['Content-Type: application/json', 'Accept: application/json', 'Expect:'];
		if ($this->key() !== '') {
			$headers[] = 'X-Api-Key: ' . $this->key();
		}
		$call = curl_init($this->url() . '/v1/clean');
		if ($call === false) {
			return $this->failed('the address cannot be called', true);
		}
		curl_setopt_array($call, [
			CURLOPT_POST => true,
			CURLOPT_POSTFIELDS => $body,
			CURLOPT_HTTPHEADER => $headers,
			CURLOPT_RETURNTRANSFER => true,
			CURLOPT_FOLLOWLOCATION => false,
			CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
			CURLOPT_NOSIGNAL => true,
			CURLOPT_CONNECTTIMEOUT_MS => $this->timeoutMs(),
			CURLOPT_TIMEOUT_MS => $this->timeoutMs(),
		]);
		$answer = curl_exec($call);
		$status = (int)curl_getinfo($call, CURLINFO_RESPONSE_CODE);
		if (!is_string($answer)) {
			return $this->failed(curl_error($call), true);
		}
		if ($status !== 200) {
			return $this->failed('it answers ' . $status, $status >= 500 || $status === 401 || $status === 429);
		}
		$value = json_decode($answer, true);
		if (!is_array($value) || !is_string($value['html'] ?? null)) {
			return $this->failed('its answer has no HTML', true);
		}
		$this->n_failures = 0;
		return $value['html'];
	}

	/** @param bool $isOfService whether the next article would fare no better */
	private function failed(string $why, bool $isOfService): ?string {
		Minz_Log::warning('Promo Detector: ' . $why . '; the article stays as it is');
		if ($isOfService && ++$this->n_failures === self::MAX_FAILURES) {
			Minz_Log::warning('Promo Detector: the rest of this refresh goes without the service');
		}
		return null;
	}

	private static function isAddress(string $url): bool {
		return preg_match('#^https?://[^\s/]+#i', $url) === 1;
	}

	private static function bounded(int $timeout_ms): int {
		return $timeout_ms <= 0 ? self::DEFAULT_TIMEOUT_MS : min(max($timeout_ms, self::MIN_TIMEOUT_MS), self::MAX_TIMEOUT_MS);
	}
}
