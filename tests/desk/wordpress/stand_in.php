<?php
// A stand-in for the functions of WordPress that the plugin calls. Reads a question as JSON, answers as JSON.
// php stand_in.php FOLDER_OF_THE_PLUGIN < question.json

error_reporting( E_ALL );
set_error_handler( function ( $number, $text, $file, $line ) {
	throw new ErrorException( $text, 0, $number, $file, $line );
} );
define( 'ABSPATH', '/' );

$asked = json_decode( stream_get_contents( STDIN ), true );
$told  = array( 'actions' => array(), 'filters' => array(), 'shortcodes' => array(), 'scripts' => array(), 'enqueued' => array(), 'errors' => array(), 'blocks' => array(), 'options' => array(), 'deleted' => array(), 'checked' => array(), 'settings' => array() );

function add_action( $name, $function, $priority = 10, $count = 1 ) { global $told; $told['actions'][ $name ][] = $function; }
function add_filter( $name, $function, $priority = 10, $count = 1 ) { global $told; $told['filters'][ $name ][] = $function; }
function plugin_basename( $file ) { global $argv; return ltrim( str_replace( dirname( $argv[1] ), '', $file ), '/' ); }
function plugins_url( $path, $plugin ) { return 'https://www.example.org/wp-content/plugins/' . dirname( plugin_basename( $plugin ) ) . '/' . $path; }
function load_plugin_textdomain( $domain, $old, $path ) { global $told; $told['languages'] = $path; return true; }
function wp_register_script( $handle, $src, $deps = array(), $version = false, $footer = false ) { global $told; $told['scripts'][ $handle ] = $src; return true; }
function wp_enqueue_script( $handle ) { global $told; $told['enqueued'][] = $handle; }
function wp_set_script_translations( $handle, $domain ) { return true; }
function add_shortcode( $name, $function ) { global $told; $told['shortcodes'][ $name ] = $function; }
function register_block_type( $folder, $more ) { global $told; $told['blocks'][] = json_decode( file_get_contents( $folder . '/block.json' ), true )['name']; $told['render'] = $more['render_callback']; }
function get_block_wrapper_attributes() { return 'class="wp-block-specialist-finder-finder"'; }
function get_option( $name, $default = false ) { global $asked; return array_key_exists( 'option', $asked ) ? $asked['option'] : $default; }
function delete_option( $name ) { global $told; $told['deleted'][] = $name; }
function is_multisite() { global $asked; return ! empty( $asked['sites'] ); }
function get_sites( $how ) { global $asked; return $asked['sites']; }
function switch_to_blog( $site ) { global $told; $told['deleted'][] = $site; }
function restore_current_blog() {}
function get_locale() { global $asked; return isset( $asked['locale'] ) ? $asked['locale'] : 'en_US'; }
function current_user_can( $what ) { global $asked, $told; $told['checked'][] = $what; return in_array( $what, isset( $asked['can'] ) ? $asked['can'] : array(), true ); }
function add_options_page( $title, $menu, $capability, $slug, $function ) { global $told; $told['page'] = array( $capability, $function ); }
function register_setting( $group, $name, $more ) { global $told; $told['settings'][ $name ] = $more['sanitize_callback']; }
function add_settings_error( $setting, $code, $sentence ) { global $told; $told['errors'][] = $sentence; }
function settings_fields( $group ) { echo '<input type="hidden" name="option_page" value="' . esc_attr( $group ) . '"><input type="hidden" name="_wpnonce" value="1">'; }
function submit_button() { echo '<input type="submit">'; }
function checked( $one, $other = true ) { echo $one == $other ? ' checked' : ''; }
function admin_url( $path ) { return 'https://www.example.org/wp-admin/' . $path; }
function wp_die( $sentence ) { throw new RuntimeException( $sentence ); }
function __( $text, $domain = '' ) { return $text; }
function esc_html__( $text, $domain = '' ) { return esc_html( $text ); }
function esc_html_e( $text, $domain = '' ) { echo esc_html( $text ); }
function esc_attr( $text ) { return htmlspecialchars( $text, ENT_QUOTES, 'UTF-8' ); }
function esc_html( $text ) { return htmlspecialchars( $text, ENT_QUOTES, 'UTF-8' ); }
function sanitize_text_field( $text ) { return trim( preg_replace( '/[\r\n\t ]+/', ' ', strip_tags( $text ) ) ); }
function esc_url( $url, $protocols = array( 'http', 'https' ) ) {
	$url = preg_replace( '|[^a-z0-9-~+_.?#=!&;,/:%@$\|*\'()\[\]\\x80-\\xff]|i', '', $url );
	$known = preg_match( '/^([a-z]+):/', $url, $scheme ) && in_array( $scheme[1], $protocols, true );
	return $known ? str_replace( array( '&', "'" ), array( '&#038;', '&#039;' ), $url ) : '';
}

if ( 'uninstall' === $asked['do'] ) {
	define( 'WP_UNINSTALL_PLUGIN', 'specialist-finder/specialist-finder.php' );
	require $argv[1] . '/uninstall.php';
} else {
	require $argv[1] . '/specialist-finder.php';
	foreach ( $told['actions']['init'] as $function ) {
		$function();
	}
	ob_start();
	try {
		if ( 'shortcode' === $asked['do'] ) {
			$told['html'] = $told['shortcodes']['specialist_finder']( $asked['given'] );
		} elseif ( 'block' === $asked['do'] ) {
			$told['html'] = $told['render']( $asked['given'] );
		} elseif ( 'save' === $asked['do'] ) {
			$told['actions']['admin_init'][0]();
			$told['saved'] = $told['settings']['specialist_finder']( $asked['given'] );
		} elseif ( 'page' === $asked['do'] ) {
			$told['actions']['admin_menu'][0]();
			$told['page'][1]();
		} elseif ( 'tag' === $asked['do'] ) {
			$told['html'] = $told['filters']['script_loader_tag'][0]( $asked['given'][0], $asked['given'][1] );
		} elseif ( 'links' === $asked['do'] ) {
			$told['html'] = implode( ' ', $told['filters']['plugin_action_links_specialist-finder/specialist-finder.php'][0]( array( '<a>x</a>' ) ) );
		}
	} catch ( RuntimeException $died ) {
		$told['died'] = $died->getMessage();
	}
	$told['printed'] = ob_get_clean();
}
echo json_encode( $told );
