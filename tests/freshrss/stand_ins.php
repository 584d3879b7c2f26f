<?php

declare(strict_types=1);

/*
 * Stand-ins for the classes of FreshRSS that an extension meets, with their signatures and with what matters of their conduct:
 * setting the content of an article forgets its hash, a headline is escaped and falls back on the identifier, enclosures are
 * added to the content unless they are not asked for, and configuration is read and set as a whole.
 */

final class Minz_ExtensionManager {
	/** @var array<string,list<callable>> */
	public static array $hooks = [];

	public static function addHook(string $name, callable $function): void {
		self::$hooks[$name][] = $function;
	}

	public static function callHook(string $name, mixed $value): mixed {
		foreach (self::$hooks[$name] ?? [] as $function) {
			$value = $function($value);
			if ($value === null) {
				break;
			}
		}
		return $value;
	}
}

abstract class Minz_Extension {
	/** @var array<string,mixed> */
	private array $configuration = [];

	/** @param array{name:string,entrypoint:string,path:string,type?:string,version?:string} $meta_info */
	final public function __construct(private array $meta_info) {
		if (!in_array($meta_info['type'] ?? 'user', ['user', 'system'], true)) {
			throw new Exception('invalid `type` info');
		}
	}

	abstract public function init();

	public function handleConfigureAction() {
	}

	final public function getName(): string {
		return $this->meta_info['name'];
	}

	final public function getConfigureView(): string|false {
		$file = $this->meta_info['path'] . '/configure.phtml';
		if (!file_exists($file)) {
			return false;
		}
		ob_start();
		include $file;
		return ob_get_clean();
	}

	final public function registerHook(string $name, callable $function): void {
		Minz_ExtensionManager::addHook($name, $function);
	}

	final public function getUserConfigurationValue(string $key, mixed $default = null): mixed {
		return array_key_exists($key, $this->configuration) ? $this->configuration[$key] : $default;
	}

	/** @param array<string,mixed> $configuration */
	final public function setUserConfiguration(array $configuration): void {
		$this->configuration = $configuration;
	}
}

final class FreshRSS_Entry {
	private string $hash = '';

	public function __construct(
		private int $feedId = 0,
		private string $guid = '',
		private string $title = '',
		private string $content = '',
		private string $link = '',
		private string $enclosure = '',
	) {
	}

	public function guid(): string {
		return $this->guid;
	}

	public function title(): string {
		return $this->title === '' ? $this->guid : $this->title;
	}

	public function content(bool $withEnclosures = true, bool $allowDuplicateEnclosures = false): string {
		return $this->content . ($withEnclosures ? $this->enclosure : '');
	}

	public function _content(string $value): void {
		$this->hash = '';
		$this->content = $value;
	}

	public function hash(): string {
		if ($this->hash === '') {
			$this->hash = md5($this->link . $this->title . $this->content);
		}
		return $this->hash;
	}

	public function _hash(string $value): string {
		$value = trim($value);
		if (ctype_xdigit($value)) {
			$this->hash = substr($value, 0, 32);
		}
		return $this->hash;
	}
}

final class Minz_Request {
	/** @var array<string,string> */
	public static array $params = [];
	public static bool $isPost = false;

	public static function isPost(): bool {
		return self::$isPost;
	}

	public static function paramString(string $key, bool $plaintext = false): string {
		$value = trim(self::$params[$key] ?? '');
		return $plaintext ? $value : htmlspecialchars($value, ENT_COMPAT, 'UTF-8');
	}

	public static function paramInt(string $key): int {
		$value = self::$params[$key] ?? '';
		return is_numeric($value) ? (int)$value : 0;
	}
}

final class Minz_Log {
	/** @var list<string> */
	public static array $warnings = [];

	public static function warning(string $msg, ?string $file_name = null): void {
		self::$warnings[] = $msg;
	}
}

final class FreshRSS_Auth {
	public static function csrfToken(): string {
		return 'the-token';
	}
}

function _t(string $key): string {
	return $key;
}

function _url(string $controller, string $action, string ...$params): string {
	return "./?c={$controller}&amp;a={$action}&amp;{$params[0]}={$params[1]}";
}
